package dev.moat.fs.proc;

import dev.moat.api.vfs.FilesystemComplaint;

/** Which processes of others a proc shows: hidepid= of proc(5). */
enum HiddenPids {
    /** All. */
    OFF("off", 0),
    /** All, but not what is in their directories. */
    NOACCESS("noaccess", 1),
    /** Not those into whose directories one may not look. */
    INVISIBLE("invisible", 2),
    /** Only those that one may trace, whatever group one is in. */
    PTRACEABLE("ptraceable", 4);

    private final String word;
    private final int number;

    HiddenPids(String word, int number) {
        this.word = word;
        this.number = number;
    }

    /** As /proc/mounts has it. */
    String word() {
        return word;
    }

    /** Whether it is at least as strict as {@code other}. */
    boolean reaches(HiddenPids other) {
        return number >= other.number;
    }

    /**
     * A value as a word or a number: proc_parse_hidepid_param(), fs/proc/root.c.
     *
     * @throws FilesystemComplaint it is none of them
     */
    static HiddenPids parse(String value) {
        int wanted = number(value);
        for (HiddenPids each : values()) {
            if (each.number == wanted || each.word.equals(value)) {
                return each;
            }
        }
        throw new FilesystemComplaint("unknown value of hidepid - " + value);
    }

    /** -1 for what is no number; others are in base 8, 10 or 16. */
    private static int number(String value) {
        try {
            return value.startsWith("-") ? -1 : Integer.decode(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
