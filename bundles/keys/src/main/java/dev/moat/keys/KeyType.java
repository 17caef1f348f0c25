package dev.moat.keys;

import dev.moat.abi.Errno;
import java.util.Optional;

/** What a key is: keyrings(7), security/keys/user_defined.c and keyring.c. */
enum KeyType {
    KEYRING("keyring") {
        @Override
        void check(String description, byte[] payload) {
            refuseIf(payload.length != 0);
        }
    },
    USER("user") {
        @Override
        void check(String description, byte[] payload) {
            refuseIf(payload.length == 0 || payload.length > MOST_BYTES);
        }
    },
    /** Cannot be read by programs; its description has a prefix, which ends with a colon. */
    LOGON("logon") {
        @Override
        void check(String description, byte[] payload) {
            USER.check(description, payload);
            refuseIf(description.indexOf(':') < 1);
        }
    };

    private static final int MOST_BYTES = 32767;

    private final String label;

    KeyType(String label) {
        this.label = label;
    }

    static Optional<KeyType> of(String label) {
        for (KeyType type : values()) {
            if (type.label.equals(label)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    String label() {
        return label;
    }

    /** EINVAL for what such a key cannot be. */
    abstract void check(String description, byte[] payload);

    boolean canBeRead() {
        return this != LOGON;
    }

    boolean canBeUpdated() {
        return this != KEYRING;
    }

    private static void refuseIf(boolean bad) {
        if (bad) {
            throw Errno.EINVAL.exception();
        }
    }
}
