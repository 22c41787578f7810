"""
What a DCN that stands says about itself: reads the files that TripleO's verbs have left on the undercloud,
its Neutron and the control plane's services. Changes nothing. Values are taken by name (parameters.py), so
that no secret is among them.
"""
