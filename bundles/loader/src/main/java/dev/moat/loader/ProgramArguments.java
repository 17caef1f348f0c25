package dev.moat.loader;

import static dev.moat.abi.Limits.ARG_MAX;
import static dev.moat.abi.Limits.MAX_ARG_STRLEN;
import static dev.moat.abi.Rlimits._STK_LIM;

import dev.moat.abi.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * What execve(2) hands over, checked against its limits.
 *
 * @param fileName AT_EXECFN
 */
record ProgramArguments(String fileName, List<String> arguments, List<String> environment) {
    /** An empty argv becomes one empty string, as Linux does since 5.18. */
    ProgramArguments {
        arguments = arguments.isEmpty() ? List.of("") : List.copyOf(arguments);
        environment = List.copyOf(environment);
    }

    /**
     * Checks the sizes: bprm_stack_limits() and copy_strings(), fs/exec.c.
     *
     * @throws dev.moat.abi.ErrnoException E2BIG
     */
    void check(long stackLimitBytes) {
        long room = Math.min(_STK_LIM / 4L * 3, stackLimitBytes / 4);
        room = Math.max(room, ARG_MAX);
        room -= (arguments.size() + (long) environment.size()) * Long.BYTES;
        room -= fileName.length() + 1;
        for (String text : arguments) {
            room -= size(text);
        }
        for (String text : environment) {
            room -= size(text);
        }
        if (room <= 0) {
            throw Errno.E2BIG.exception();
        }
    }

    /**
     * As seen by the interpreter of a script: {@code argv[0]} makes room for it, its argument and
     * the path.
     */
    ProgramArguments forScript(ScriptLine line, String scriptPath) {
        List<String> list = new ArrayList<>();
        list.add(line.interpreter());
        line.argument().ifPresent(list::add);
        list.add(scriptPath);
        list.addAll(arguments.subList(1, arguments.size()));
        return new ProgramArguments(fileName, list, environment);
    }

    private static long size(String text) {
        if (text.length() >= MAX_ARG_STRLEN) {
            throw Errno.E2BIG.exception();
        }
        return text.length() + 1L;
    }
}
