#!/bin/bash
# Permissions refused to a user.
. "$(dirname "$0")/prologue" || exit 99

id -u; touch f; chmod 000 f; cat f && echo root reads all; chmod 644 f; mkdir d; chmod 555 d; touch d/x && echo root writes; ls -ld d | cut -c1-10
