package dev.moat.sandbox;

import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformWish;
import dev.moat.api.sandbox.SandboxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which platform a new sandbox runs on. */
final class PlatformChoice {
    /** Fastest first; platforms not named here come last, by name. */
    private static final List<String> PREFERENCE = List.of("trap", "kvm", "ptrace");

    private PlatformChoice() {}

    /**
     * The wanted platform, or the best that works here.
     *
     * @param wanted a name, and settings: {@code trap,patch=off}
     * @throws SandboxException 125: there is no such platform, or it cannot run on this machine
     */
    static Platform choose(List<Platform> platforms, Optional<String> wanted) {
        if (wanted.isPresent()) {
            PlatformWish wish = PlatformWish.parse(wanted.get());
            return set(named(platforms, wish.name()), wish);
        }
        List<Platform> ordered = new ArrayList<>(platforms);
        ordered.sort((a, b) -> {
            int byRank = Integer.compare(rank(a), rank(b));
            return byRank != 0 ? byRank : a.name().compareTo(b.name());
        });
        StringBuilder reasons = new StringBuilder();
        for (Platform platform : ordered) {
            Platform.Availability availability = platform.availability();
            if (availability.available()) {
                return platform;
            }
            reasons.append("; ").append(platform.name()).append(": ").append(availability.reason());
        }
        throw new SandboxException(125, "no platform works on this machine" + reasons);
    }

    private static Platform set(Platform platform, PlatformWish wish) {
        try {
            return platform.with(wish.settings());
        } catch (IllegalArgumentException e) {
            throw new SandboxException(125, String.valueOf(e.getMessage()), e);
        }
    }

    private static Platform named(List<Platform> platforms, String name) {
        for (Platform platform : platforms) {
            if (platform.name().equals(name)) {
                Platform.Availability availability = platform.availability();
                if (!availability.available()) {
                    throw new SandboxException(
                            125,
                            "platform '"
                                    + name
                                    + "' does not work on this machine: "
                                    + availability.reason());
                }
                return platform;
            }
        }
        String known =
                platforms.stream().map(Platform::name).sorted().collect(Collectors.joining(", "));
        throw new SandboxException(
                125, "unknown platform '" + name + "'; this kernel has: " + known);
    }

    private static int rank(Platform platform) {
        int rank = PREFERENCE.indexOf(platform.name());
        return rank < 0 ? PREFERENCE.size() : rank;
    }
}
