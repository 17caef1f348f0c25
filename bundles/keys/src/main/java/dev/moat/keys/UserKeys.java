package dev.moat.keys;

import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/** What one user has: counts for the quota, and its two keyrings. Guarded by the table's lock. */
@Stateful
final class UserKeys {
    private final int uid;
    private int keys;
    private long bytes;
    private @Nullable Key keyring;
    private @Nullable Key sessionKeyring;

    UserKeys(int uid) {
        this.uid = uid;
    }

    int uid() {
        return uid;
    }

    int keys() {
        return keys;
    }

    long bytes() {
        return bytes;
    }

    void add(int moreKeys, long moreBytes) {
        keys += moreKeys;
        bytes += moreBytes;
    }

    /** Whether nothing is known of it. */
    boolean isForgettable() {
        return keys == 0 && bytes == 0 && keyring == null && sessionKeyring == null;
    }

    @Nullable Key keyring() {
        return keyring;
    }

    void setKeyring(Key key) {
        keyring = key;
    }

    @Nullable Key sessionKeyring() {
        return sessionKeyring;
    }

    void setSessionKeyring(Key key) {
        sessionKeyring = key;
    }
}
