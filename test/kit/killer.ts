/** Kills the process of the kit before its n-th os.replace; n is in ~/kill-at. */
export const killer = `
import os, signal
replaced = os.replace
def replace(*words):
    try:
        with open(os.path.expanduser("~/kill-at")) as file:
            left = int(file.read()) - 1
    except FileNotFoundError:
        return replaced(*words)
    if left == 0:
        os.remove(os.path.expanduser("~/kill-at"))
        os.kill(os.getpid(), signal.SIGKILL)
    if left > 0:
        with open(os.path.expanduser("~/kill-at"), "w") as file:
            file.write(str(left))
    return replaced(*words)
if os.path.exists(os.path.expanduser("~/kill-at")):
    os.replace = replace
`;
