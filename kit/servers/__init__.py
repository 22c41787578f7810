"""
Servers that show what an image is worth at a site: Nova boots them in the site's zone, the kit looks at their
disk and console, and removes those that nobody asked to keep.

Their locks lie in the lab's directory servers/:

    <site>    one proof at a time at a site, so that a server of its name was left by an earlier proof
    needs     flavor and network are made once
"""
