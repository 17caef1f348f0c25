package dev.moat.loader;

import static dev.moat.abi.MemoryFlags.MAP_ANONYMOUS;
import static dev.moat.abi.MemoryFlags.MAP_FIXED_NOREPLACE;
import static dev.moat.abi.MemoryFlags.MAP_GROWSDOWN;
import static dev.moat.abi.MemoryFlags.MAP_PRIVATE;
import static dev.moat.abi.MemoryFlags.PROT_EXEC;
import static dev.moat.abi.MemoryFlags.PROT_READ;
import static dev.moat.abi.MemoryFlags.PROT_WRITE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Auxv;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryManager;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The stack that a program finds: from the top down eight zero bytes, file name, environment and
 * argument strings, a random gap, platform name, 16 random bytes, and, 16 bytes aligned, argc,
 * argv, envp, auxv. Source: copy_strings() of fs/exec.c, create_elf_tables() of fs/binfmt_elf.c.
 */
final class InitialStack {
    /** Room below the tables that is mapped from the start: setup_arg_pages(). */
    private static final long EXTRA_BYTES = 128 * 1024;

    private static final int RANDOM_BYTES = 16;
    private static final String PLATFORM = "x86_64";

    private final ProgramArguments program;
    private final long top;
    private final long argumentsStart;
    private final long environmentStart;
    private final long fileName;
    private final long platform;
    private final long random;
    private final long tablesTop;

    /**
     * Lays the strings out.
     *
     * @param top first address behind the stack, page aligned
     * @param shift bytes to leave free below the strings
     */
    InitialStack(ProgramArguments program, long top, long shift) {
        this.program = program;
        this.top = top;
        this.fileName = top - Long.BYTES - (program.fileName().length() + 1);
        this.environmentStart = fileName - size(program.environment());
        this.argumentsStart = environmentStart - size(program.arguments());
        long shifted = argumentsStart - shift & -16L;
        this.platform = shifted - (PLATFORM.length() + 1);
        this.random = platform - RANDOM_BYTES & -16L;
        this.tablesTop = random;
    }

    /** Maps the stack with room for {@code tablesBytes} of tables. */
    void map(MemoryManager target, boolean executable, long tablesBytes) {
        long start = Pages.down(tablesTop - tablesBytes - EXTRA_BYTES);
        int prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0);
        target.map(
                MapRequest.anonymous(
                        start,
                        top - start,
                        prot,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE,
                        "[stack]"));
    }

    /**
     * Bytes that {@link #write} needs for tables at most, with {@code words} pairs of auxiliary
     * words.
     */
    long tablesBytes(int words) {
        return (1L + program.arguments().size() + 1 + program.environment().size() + 1) * Long.BYTES
                + (words + 1L) * 16
                + 16;
    }

    /** Adds the words that point into the stack. */
    void describe(AuxiliaryVector vector) {
        vector.put(Auxv.AT_RANDOM, random)
                .put(Auxv.AT_EXECFN, fileName)
                .put(Auxv.AT_PLATFORM, platform);
    }

    /**
     * Writes everything.
     *
     * @param randomBytes 16 bytes for AT_RANDOM
     * @return the stack pointer: the address of argc
     */
    long write(MemoryManager target, byte[] auxiliaryVector, byte[] randomBytes) {
        byte[] strings = new byte[(int) (top - argumentsStart)];
        int at = put(strings, 0, program.arguments());
        at = put(strings, at, program.environment());
        put(strings, at, List.of(program.fileName()));
        target.user().copyOut(argumentsStart, strings);
        byte[] name = new byte[PLATFORM.length() + 1];
        put(name, 0, List.of(PLATFORM));
        target.user().copyOut(platform, name);
        target.user().copyOut(random, randomBytes);

        long tableBytes = tablesBytes(auxiliaryVector.length / 16 - 1) - 16;
        long stackPointer = tablesTop - tableBytes & -16L;
        byte[] tables = new byte[(int) tableBytes];
        MemorySegment memory = MemorySegment.ofArray(tables);
        memory.set(JAVA_LONG_UNALIGNED, 0, program.arguments().size());
        long next = pointers(memory, Long.BYTES, argumentsStart, program.arguments());
        next = pointers(memory, next, environmentStart, program.environment());
        MemorySegment.copy(
                MemorySegment.ofArray(auxiliaryVector), 0, memory, next, auxiliaryVector.length);
        target.user().copyOut(stackPointer, tables);
        return stackPointer;
    }

    long argumentsStart() {
        return argumentsStart;
    }

    long environmentStart() {
        return environmentStart;
    }

    long environmentEnd() {
        return fileName;
    }

    private static long pointers(MemorySegment table, long at, long address, List<String> texts) {
        for (String text : texts) {
            table.set(JAVA_LONG_UNALIGNED, at, address);
            address += text.length() + 1;
            at += Long.BYTES;
        }
        return at + Long.BYTES; // the null pointer at the end
    }

    private static int put(byte[] target, int at, List<String> texts) {
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(bytes, 0, target, at, bytes.length);
            at += bytes.length + 1;
        }
        return at;
    }

    private static long size(List<String> texts) {
        long bytes = 0;
        for (String text : texts) {
            bytes += text.length() + 1;
        }
        return bytes;
    }
}
