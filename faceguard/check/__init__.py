"""Checks photos that were protected, by any tool: who still recognises the faces, and what it costs in looks.

`checking` finds out, `findings` is what it found, `page` and `text` tell people, `facts` tells programs.
"""
