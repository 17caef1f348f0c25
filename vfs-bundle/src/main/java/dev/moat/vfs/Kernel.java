package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;

/** The kernel itself as an actor: what it does at set-up is never refused. */
final class Kernel {
    static final Credentials CREDENTIALS =
            new Credentials(
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    new int[0],
                    new CapabilitySets(
                            Capabilities.ALL,
                            Capabilities.ALL,
                            Capabilities.ALL,
                            Capabilities.ALL,
                            0),
                    0,
                    false);

    private Kernel() {}
}
