"""
Servers that prove images at a site: Nova boots them in the site's zone, the kit inspects their disk and
console, and removes them unless they were asked for by `servers boot`.

Locks, as files in the lab's directory servers/:

    <site>    one proof at a time at a site; another server with a proof's name was left by an earlier proof
    needs     flavor and network are created once
"""
