package dev.moat.swap;

import dev.moat.api.platform.PlatformWish;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions.Revision;

/**
 * What takes the place of the platform that the tasks of one sandbox run on: another one, or
 * another revision of it. Nothing is carried over: tasks and address spaces begin anew there.
 */
record PlatformExchange(PlatformWish fromWish, Revision from, PlatformWish toWish, Revision to) {
    private static final String PREFIX = "platform:";

    /** The subsystem that serves a platform. */
    static String subsystem(String name) {
        return PREFIX + name;
    }

    static boolean isPlatform(String subsystem) {
        return subsystem.startsWith(PREFIX);
    }

    /** What the tasks of a sandbox run on. */
    static PlatformWish current(Sandbox sandbox) {
        return new PlatformWish(sandbox.platformName(), sandbox.platform().settings());
    }

    /** Whether a bundle is replaced, and not one platform by another or by itself set otherwise. */
    boolean isRevision() {
        return fromName().equals(toName()) && !from.equals(to);
    }

    String fromName() {
        return fromWish.name();
    }

    String toName() {
        return toWish.name();
    }

    String subsystem() {
        return isRevision() ? subsystem(toName()) : "platform";
    }

    String before() {
        return isRevision() ? from.toString() : fromWish.toString();
    }

    String after() {
        return isRevision() ? to.toString() : toWish.toString();
    }
}
