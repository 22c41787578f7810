/** The end of an error of a stack's program that needs more outputs of another stack; `./dcn preview` finds the other stack by these words. */
export function bringUpFirst(stack: string): string {
  return `bring it up first with \`pulumi up -s ${stack}\`.`;
}
