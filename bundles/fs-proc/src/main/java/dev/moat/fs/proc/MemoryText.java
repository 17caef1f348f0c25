package dev.moat.fs.proc;

import dev.moat.api.mm.MemoryManager.Layout;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Files of a process whose text lies in its own memory. */
final class MemoryText {
    /** As much of an argument list as execve(2) could ever have put there is far less than this. */
    private static final long MAX_BYTES = 8 << 20;

    private MemoryText() {}

    static String commandLine(ProcFilesystem proc, Task task) {
        if (task.group().isZombie()) {
            return "";
        }
        Layout layout = task.memory().layout();
        String arguments = read(task, layout.argumentsStart(), layout.argumentsEnd());
        if (arguments.isEmpty() || arguments.charAt(arguments.length() - 1) == 0) {
            return arguments;
        }
        // The process wrote over its arguments, up into the environment (setproctitle).
        boolean adjacent = layout.environmentStart() == layout.argumentsEnd();
        long last = adjacent ? layout.environmentEnd() : layout.argumentsEnd();
        String all = read(task, layout.argumentsStart(), last);
        int end = all.indexOf(0);
        return end < 0 ? all : all.substring(0, end + 1);
    }

    static String environment(ProcFilesystem proc, Task task) {
        if (task.group().isZombie()) {
            return "";
        }
        Layout layout = task.memory().layout();
        return read(task, layout.environmentStart(), layout.environmentEnd());
    }

    static String auxiliaryVector(ProcFilesystem proc, Task task) {
        return task.group().isZombie()
                ? ""
                : new String(task.memory().layout().toldVector(), StandardCharsets.ISO_8859_1);
    }

    static String name(ProcFilesystem proc, Task task) {
        return task.name() + "\n";
    }

    private static String read(Task task, long start, long end) {
        long length = Math.clamp(end - start, 0, MAX_BYTES);
        byte[] bytes = new byte[(int) length];
        long count = task.user().copyInPinned(start, MemorySegment.ofArray(bytes), 0, length);
        return new String(bytes, 0, (int) count, StandardCharsets.ISO_8859_1);
    }
}
