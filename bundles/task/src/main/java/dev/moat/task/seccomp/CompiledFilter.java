package dev.moat.task.seccomp;

import dev.moat.api.swap.Stateless;

/** A filter as a class. */
@Stateless("code, made anew of the instructions")
final class CompiledFilter {
    private final FilterProgram program;

    CompiledFilter(FilterProgram program) {
        this.program = program;
    }

    int run(int[] words) {
        return program.run(words);
    }
}
