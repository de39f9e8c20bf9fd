/** In what state a member is, as the failure detector sees it and peers tell each other. */
export type MemberStatus = 'alive' | 'suspect' | 'dead' | 'left';
