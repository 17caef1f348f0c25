package dev.moat.task.seccomp;

/** A checked filter, ready to run. Total: it ends and gives an answer for whatever it is asked. */
@FunctionalInterface
interface FilterProgram {
    /**
     * Judges a call.
     *
     * @param words {@code struct seccomp_data} as 16 words
     * @return a SECCOMP_RET_* action with its data
     */
    int run(int[] words);
}
