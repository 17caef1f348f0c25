package dev.moat.swap;

import dev.moat.api.swap.Revisions.Revision;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out whether code of certain revisions was running when something failed. */
final class Culprit {
    /** Causes that are looked at; a chain may be a ring. */
    private static final int DEPTH = 8;

    private Culprit() {}

    /** The first frame that lies in one of the revisions, or an empty string. */
    static String find(Throwable bug, Map<Revision, ClassLoader> suspects) {
        @Nullable Throwable next = bug;
        for (int depth = 0; next != null && depth < DEPTH; depth++) {
            for (StackTraceElement frame : next.getStackTrace()) {
                for (Map.Entry<Revision, ClassLoader> suspect : suspects.entrySet()) {
                    if (isOf(suspect.getValue(), frame.getClassName())) {
                        return frame + " of " + suspect.getKey();
                    }
                }
            }
            next = next.getCause();
        }
        return "";
    }

    private static boolean isOf(ClassLoader loader, String className) {
        try {
            return Class.forName(className, false, loader).getClassLoader() == loader;
        } catch (ClassNotFoundException | LinkageError e) {
            // hidden classes have no name to be found by
            return false;
        }
    }
}
