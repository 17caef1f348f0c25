package dev.moat.loader;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Rlimits;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** Finds the format of a program and follows scripts to it: exec_binprm(), fs/exec.c. */
final class ImageLoader {
    /** Scripts whose interpreter is a script, and so on: exec_binprm(). */
    private static final int MAX_DEPTH = 5;

    /** 15 bytes: TASK_COMM_LEN without its NUL. */
    private static final int MAX_NAME_BYTES = 15;

    private final ElfLoader elfLoader;

    ImageLoader(ElfLoader elfLoader) {
        this.elfLoader = elfLoader;
    }

    /** See {@link ProgramLoader#load}. */
    ProgramLoader.Image load(Task task, ProgramLoader.Request request, MemoryManager target) {
        if (!request.file().tryRetain()) {
            throw new IllegalStateException("the program's file is closed");
        }
        FileDescription file = request.file();
        try {
            String path = request.path();
            ProgramArguments program =
                    new ProgramArguments(path, request.arguments(), request.environment());
            long stackLimit = task.group().limits().soft(Rlimits.RLIMIT_STACK);
            for (int depth = 0; depth <= MAX_DEPTH; depth++) {
                program.check(stackLimit);
                byte[] head = head(task, file);
                if (!ScriptLine.isScript(head)) {
                    ElfLoader.Start start =
                            elfLoader.load(task, file, head, program, request, target);
                    return new ProgramLoader.Image(
                            start.entry(), start.stackPointer(), name(request.path()), file);
                }
                ScriptLine line = ScriptLine.parse(head);
                program = program.forScript(line, path);
                path = line.interpreter();
                FileDescription interpreter = ElfLoader.open(task, path);
                file.release();
                file = interpreter;
            }
            throw Errno.ELOOP.exception();
        } catch (RuntimeException | Error e) {
            file.release();
            throw e;
        }
    }

    private static byte[] head(Task task, FileDescription file) {
        if (!FileMode.S_ISREG(file.inode().mode())) {
            throw Errno.EACCES.exception();
        }
        return new FileReader(task, file).readUpTo(0, ScriptLine.HEAD_BYTES);
    }

    private static String name(String path) {
        String base = path.substring(path.lastIndexOf('/') + 1);
        return base.substring(0, Math.min(MAX_NAME_BYTES, base.length()));
    }
}
