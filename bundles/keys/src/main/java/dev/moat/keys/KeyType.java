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
            checkDescription(description);
        }

        @Override
        void checkDescription(String description) {
            super.checkDescription(description);
            refuseIf(description.indexOf(':') < 1);
        }
    },
    /** For much: the quota has a fixed count of bytes for it. security/keys/big_key.c. */
    BIG_KEY("big_key") {
        @Override
        void check(String description, byte[] payload) {
            refuseIf(payload.length == 0 || payload.length > MOST_BIG_BYTES);
        }

        @Override
        int quotaBytes(int payloadBytes) {
            return payloadBytes == 0 ? 0 : BIG_QUOTA_BYTES;
        }
    };

    private static final int MOST_BYTES = 32767;
    private static final int MOST_BIG_BYTES = 1 << 20;
    private static final int BIG_QUOTA_BYTES = 16;

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

    /** EINVAL for a name that such a key cannot have: key_alloc(). */
    void checkDescription(String description) {
        refuseIf(description.isEmpty());
    }

    /** What its owner's quota has for so much content. */
    int quotaBytes(int payloadBytes) {
        return payloadBytes;
    }

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
