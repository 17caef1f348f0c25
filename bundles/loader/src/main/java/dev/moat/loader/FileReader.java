package dev.moat.loader;

import dev.moat.abi.Errno;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Reads ranges of an executable file for the kernel itself. */
record FileReader(Task task, FileDescription file) {
    /**
     * Reads up to {@code lengthBytes} at {@code offset}.
     *
     * @return what is there; shorter at the end of the file
     */
    byte[] readUpTo(long offset, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        KernelBuffer buffer = new KernelBuffer(MemorySegment.ofArray(bytes));
        long read;
        do {
            read = file.readAt(task, buffer, offset + buffer.transferred());
        } while (read > 0 && buffer.remaining() > 0);
        if (read < 0) {
            throw Errno.EIO.exception();
        }
        return buffer.remaining() == 0 ? bytes : Arrays.copyOf(bytes, (int) buffer.transferred());
    }

    /** Reads exactly {@code lengthBytes}, or EIO as elf_read() of fs/binfmt_elf.c. */
    byte[] readFully(long offset, int lengthBytes) {
        byte[] bytes = readUpTo(offset, lengthBytes);
        if (bytes.length != lengthBytes) {
            throw Errno.EIO.exception();
        }
        return bytes;
    }
}
