/** Which of the files that run at the same time a test file is, from 0: in its environment. */
export const LANE_VARIABLE = 'TEST_LANE';
