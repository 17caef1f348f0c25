package dev.moat.keys;

/** A file in {@code /proc/sys/kernel/keys}: proc_sys_kernel(5), security/keys/sysctl.c. */
enum KeySetting {
    MAX_KEYS("maxkeys", 200),
    MAX_BYTES("maxbytes", 20_000),
    ROOT_MAX_KEYS("root_maxkeys", 1_000_000),
    ROOT_MAX_BYTES("root_maxbytes", 25_000_000),
    GC_DELAY("gc_delay", 300),
    /** In seconds. */
    PERSISTENT_EXPIRY("persistent_keyring_expiry", 259_200);

    private final String label;
    private final int first;

    KeySetting(String label, int first) {
        this.label = label;
        this.first = first;
    }

    /** Path below {@code /proc}. */
    String path() {
        return "sys/kernel/keys/" + label;
    }

    /** What it is if nobody changes it. */
    int first() {
        return first;
    }
}
