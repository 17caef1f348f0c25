package dev.moat.api.sandbox;

import java.util.List;

/**
 * A program to start. Strings are guest strings (ISO-8859-1, one char per byte).
 *
 * @param arguments argv, at least one; argv[0] is looked up in PATH of the environment if it has no
 *     slash
 * @param environment NAME=VALUE
 * @param workingDirectory absolute
 * @param user uid, gid and supplementary groups
 */
public record ProcessSpec(
        List<String> arguments, List<String> environment, String workingDirectory, User user) {
    /** Numeric user. */
    public record User(int uid, int gid, List<Integer> groups) {
        public static final User ROOT = new User(0, 0, List.of());
    }
}
