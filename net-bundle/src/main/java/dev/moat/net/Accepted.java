package dev.moat.net;

import org.jspecify.annotations.Nullable;

/**
 * What accept(2) found.
 *
 * @param socket the connection, owned by the caller; null if there is none yet (EAGAIN)
 */
public record Accepted(@Nullable Socket socket) {
    public static final Accepted NONE = new Accepted(null);
}
