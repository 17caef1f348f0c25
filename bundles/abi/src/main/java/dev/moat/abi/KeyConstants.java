package dev.moat.abi;

/** Numbers of {@code keyctl(2)}: include/uapi/linux/keyctl.h, include/linux/key.h. */
public final class KeyConstants {
    public static final int KEY_SPEC_THREAD_KEYRING = -1;
    public static final int KEY_SPEC_PROCESS_KEYRING = -2;
    public static final int KEY_SPEC_SESSION_KEYRING = -3;
    public static final int KEY_SPEC_USER_KEYRING = -4;
    public static final int KEY_SPEC_USER_SESSION_KEYRING = -5;
    public static final int KEY_SPEC_GROUP_KEYRING = -6;
    public static final int KEY_SPEC_REQKEY_AUTH_KEY = -7;
    public static final int KEY_SPEC_REQUESTOR_KEYRING = -8;

    public static final int KEY_REQKEY_DEFL_NO_CHANGE = -1;
    public static final int KEY_REQKEY_DEFL_DEFAULT = 0;
    public static final int KEY_REQKEY_DEFL_THREAD_KEYRING = 1;
    public static final int KEY_REQKEY_DEFL_PROCESS_KEYRING = 2;
    public static final int KEY_REQKEY_DEFL_SESSION_KEYRING = 3;
    public static final int KEY_REQKEY_DEFL_USER_KEYRING = 4;
    public static final int KEY_REQKEY_DEFL_USER_SESSION_KEYRING = 5;
    public static final int KEY_REQKEY_DEFL_REQUESTOR_KEYRING = 7;

    public static final int KEYCTL_GET_KEYRING_ID = 0;
    public static final int KEYCTL_JOIN_SESSION_KEYRING = 1;
    public static final int KEYCTL_UPDATE = 2;
    public static final int KEYCTL_REVOKE = 3;
    public static final int KEYCTL_CHOWN = 4;
    public static final int KEYCTL_SETPERM = 5;
    public static final int KEYCTL_DESCRIBE = 6;
    public static final int KEYCTL_CLEAR = 7;
    public static final int KEYCTL_LINK = 8;
    public static final int KEYCTL_UNLINK = 9;
    public static final int KEYCTL_SEARCH = 10;
    public static final int KEYCTL_READ = 11;
    public static final int KEYCTL_INSTANTIATE = 12;
    public static final int KEYCTL_NEGATE = 13;
    public static final int KEYCTL_SET_REQKEY_KEYRING = 14;
    public static final int KEYCTL_SET_TIMEOUT = 15;
    public static final int KEYCTL_ASSUME_AUTHORITY = 16;
    public static final int KEYCTL_GET_SECURITY = 17;
    public static final int KEYCTL_SESSION_TO_PARENT = 18;
    public static final int KEYCTL_REJECT = 19;
    public static final int KEYCTL_INSTANTIATE_IOV = 20;
    public static final int KEYCTL_INVALIDATE = 21;
    public static final int KEYCTL_GET_PERSISTENT = 22;
    public static final int KEYCTL_RESTRICT_KEYRING = 29;
    public static final int KEYCTL_MOVE = 30;
    public static final int KEYCTL_CAPABILITIES = 31;

    public static final int KEYCTL_MOVE_EXCL = 1;

    public static final int KEYCTL_CAPS0_CAPABILITIES = 0x01;
    public static final int KEYCTL_CAPS0_PERSISTENT_KEYRINGS = 0x02;
    public static final int KEYCTL_CAPS0_BIG_KEY = 0x10;
    public static final int KEYCTL_CAPS0_INVALIDATE = 0x20;
    public static final int KEYCTL_CAPS0_RESTRICT_KEYRING = 0x40;
    public static final int KEYCTL_CAPS0_MOVE = 0x80;

    private KeyConstants() {}
}
