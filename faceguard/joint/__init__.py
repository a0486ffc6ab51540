"""Behind `faceguard.joint_protector`: what it remembers of an album, crafting for it, and masks it keeps."""
