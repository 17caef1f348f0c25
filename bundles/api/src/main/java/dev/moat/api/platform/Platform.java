package dev.moat.api.platform;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A way to run guest code; an OSGi service with property {@code moat.platform=<name>}. Holds no
 * guest state itself: that is in its sessions.
 */
@ProviderType
public interface Platform {
    /** Short name as operators write it: {@code ptrace}, {@code trap}, {@code kvm}. */
    String name();

    /** Whether this machine can run it, and if not why. Cheap after the first call. */
    Availability availability();

    /**
     * Opens the platform for one sandbox.
     *
     * @param memoryFd host descriptor of the sandbox's memory file; stays owned by the caller and
     *     open until the session is closed
     */
    PlatformSession open(int memoryFd);

    /**
     * This platform with other settings for what is opened by the one that is returned.
     *
     * @throws IllegalArgumentException one line for operators: no such setting, or no such value
     */
    default Platform with(Map<String, String> settings) {
        for (String name : settings.keySet()) {
            throw new IllegalArgumentException(
                    "platform '" + name() + "' has no setting '" + name + "'");
        }
        return this;
    }

    /** Outcome of the probe. {@code reason} is one line for operators; empty when available. */
    record Availability(boolean available, String reason) {
        public static final Availability YES = new Availability(true, "");

        public static Availability no(String reason) {
            return new Availability(false, reason);
        }
    }
}
