/** What keeps sexton from running the program: one line that names what, which value, and what would be right. */
export class Failure extends Error {}
