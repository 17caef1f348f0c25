package dev.moat.swap;

import dev.moat.api.swap.Revisions.Revision;

/**
 * What takes the place of the platform that the tasks of one sandbox run on: another one, or
 * another revision of it. Nothing is carried over: tasks and address spaces begin anew there.
 */
record PlatformExchange(String fromName, Revision from, String toName, Revision to) {
    private static final String PREFIX = "platform:";

    /** The subsystem that serves a platform. */
    static String subsystem(String name) {
        return PREFIX + name;
    }

    static boolean isPlatform(String subsystem) {
        return subsystem.startsWith(PREFIX);
    }

    /** Whether a bundle is replaced, and not one platform by another. */
    boolean isRevision() {
        return fromName.equals(toName);
    }

    String subsystem() {
        return isRevision() ? subsystem(toName) : "platform";
    }

    String before() {
        return isRevision() ? from.toString() : fromName;
    }

    String after() {
        return isRevision() ? to.toString() : toName;
    }
}
