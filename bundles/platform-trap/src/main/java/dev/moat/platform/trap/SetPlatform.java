package dev.moat.platform.trap;

import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;

/** The platform with settings for one sandbox. */
record SetPlatform(TrapPlatform platform, CallWishes wishes) implements Platform {
    @Override
    public String name() {
        return platform.name();
    }

    @Override
    public Availability availability() {
        return platform.availability();
    }

    @Override
    public PlatformSession open(int memoryFd) {
        return platform.open(memoryFd, wishes);
    }
}
