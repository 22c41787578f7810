#!/bin/bash
# Waits for the end of the process that runs a lab's tests, and takes the lab down if the tests have not: a signal ends Jest without
# afterAll.
# Standard input: a line with the path of the lab file, a line with GLANCE_DCN_STATE, then a valid text of the lab file; it
# stays open as long as the process runs.
set -euo pipefail

IFS= read -r file
IFS= read -r state
text=$(cat)
directory=$(dirname "$file")
lab=$(basename "$file" .yaml)
lab=${lab#Pulumi.}
if [[ ! -d $directory ]]; then
  exit
fi
# Labs of the same tests, one after the other: they have one GLANCE_DCN_STATE.
exec 9< "$directory"
flock 9

# Processes that the tests have started, in process groups of their own.
processes() {
  grep -lzxF "GLANCE_DCN_STATE=$state" /proc/[0-9]*/environ 2> /dev/null | cut -d / -f 3 || true
}

echo "The tests of lab $lab ended before they took it down: taking it down." >&2
for ((round = 0; round < 100; round++)); do
  mapfile -t pids < <(processes)
  if [[ ${#pids[@]} -eq 0 ]]; then
    break
  fi
  kill -KILL "${pids[@]}" 2> /dev/null || true
  sleep 0.1
done
printf '%s\n' "$text" > "$file"
if ! GLANCE_DCN_STATE=$state ./dcn --lab "$file" sandbox down >&2 9<&-; then
  echo "Lab $lab is still there; by hand: GLANCE_DCN_STATE=$state ./dcn --lab $file sandbox down" >&2
  exit 1
fi
rm -rf "${state:?}/$lab" ".stacks/Pulumi.$lab.yaml" ".stacks/Pulumi.$lab-"*.yaml
# Another lab of the same tests may still be there.
rmdir "$state" 2> /dev/null || true
if [[ ! -d $state ]]; then
  rm -rf "$directory"
fi
echo "Lab $lab is gone." >&2
