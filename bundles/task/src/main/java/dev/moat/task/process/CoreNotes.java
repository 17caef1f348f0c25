package dev.moat.task.process;

import dev.moat.abi.ElfConstants;
import dev.moat.abi.SigInfo;
import dev.moat.abi.UserRegs;
import dev.moat.api.mm.MemoryManager.Layout;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.platform.ContextState;
import dev.moat.api.task.Task.CpuTime;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The notes of a core file. Sources: fs/binfmt_elf.c, include/linux/elfcore.h. */
final class CoreNotes {
    private static final int STATUS_BYTES = 336;
    private static final int INFO_BYTES = 136;
    private static final int NAME_BYTES = 16;
    private static final int ARGUMENT_BYTES = 80;
    private static final int FXSAVE_BYTES = 512;
    private static final int ALIGN = 4;
    private static final int PAGE_BYTES = 4096;
    private static final long NS_PER_US = 1000;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final GuestTask task;
    private final SigInfo info;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    CoreNotes(GuestTask task, SigInfo info) {
        this.task = task;
        this.info = info;
    }

    /** All notes; the first of {@code threads} is the one that the signal hit. */
    byte[] build(List<CoreThreads.Part> threads, List<VmaInfo> areas) {
        boolean first = true;
        for (CoreThreads.Part thread : threads) {
            note("CORE", ElfConstants.NT_PRSTATUS, status(thread));
            if (first) {
                note("CORE", ElfConstants.NT_PRPSINFO, process());
                note("CORE", ElfConstants.NT_SIGINFO, signal());
                note("CORE", ElfConstants.NT_AUXV, task.memory().layout().toldVector());
                note("CORE", ElfConstants.NT_FILE, files(areas));
                first = false;
            }
            byte[] image = thread.state().fpState();
            note("CORE", ElfConstants.NT_PRFPREG, Arrays.copyOf(image, FXSAVE_BYTES));
            if (image.length > FXSAVE_BYTES) {
                note("LINUX", ElfConstants.NT_X86_XSTATE, image);
            }
        }
        return out.toByteArray();
    }

    private void note(String name, int type, byte[] content) {
        int nameBytes = name.length() + 1;
        ByteBuffer header = buffer(3 * Integer.BYTES + align(nameBytes));
        header.putInt(nameBytes).putInt(content.length).putInt(type);
        header.put(name.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(header.array());
        out.writeBytes(Arrays.copyOf(content, align(content.length)));
    }

    private static int align(int bytes) {
        return bytes + ALIGN - 1 & -ALIGN;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** {@code struct elf_prstatus}. */
    private byte[] status(CoreThreads.Part thread) {
        GuestGroup group = task.group();
        ByteBuffer status = buffer(STATUS_BYTES);
        status.putInt(info.signal()).putInt(info.code()).putInt(info.errno());
        status.putShort((short) info.signal()).putShort((short) 0);
        status.putLong(thread.pending()).putLong(thread.blocked());
        status.putInt(thread.tid()).putInt(group.parentTgid());
        status.putInt(group.processGroupId()).putInt(group.sessionId());
        CpuTime own = group.cpuTime();
        CpuTime children = group.childrenCpuTime();
        for (long ns :
                new long[] {own.userNs(), own.systemNs(), children.userNs(), children.systemNs()}) {
            status.putLong(ns / NS_PER_SECOND).putLong(ns % NS_PER_SECOND / NS_PER_US);
        }
        long[] registers = thread.state().registers().clone();
        registers[UserRegs.ORIG_RAX] = thread.call();
        for (long register : registers) {
            status.putLong(register);
        }
        status.putInt(1);
        return status.array();
    }

    /** {@code struct elf_prpsinfo}. */
    private byte[] process() {
        GuestGroup group = task.group();
        ByteBuffer process = buffer(INFO_BYTES);
        process.put((byte) 0).put((byte) 'R').put((byte) 0).put((byte) task.nice());
        process.position(2 * Long.BYTES);
        process.putInt(task.credentials().uid()).putInt(task.credentials().gid());
        process.putInt(group.tgid()).putInt(group.parentTgid());
        process.putInt(group.processGroupId()).putInt(group.sessionId());
        process.put(text(task.name(), NAME_BYTES));
        process.put(text(arguments(), ARGUMENT_BYTES));
        return process.array();
    }

    private String arguments() {
        Layout layout = task.memory().layout();
        long bytes =
                Math.clamp(layout.argumentsEnd() - layout.argumentsStart(), 0, ARGUMENT_BYTES - 1);
        byte[] text = new byte[(int) bytes];
        task.user().copyInPinned(layout.argumentsStart(), MemorySegment.ofArray(text), 0, bytes);
        return new String(text, StandardCharsets.ISO_8859_1).replace('\0', ' ');
    }

    private static byte[] text(String text, int bytes) {
        byte[] field = Arrays.copyOf(text.getBytes(StandardCharsets.ISO_8859_1), bytes);
        field[bytes - 1] = 0;
        return field;
    }

    private byte[] signal() {
        byte[] struct = new byte[(int) SigInfo.SIZE];
        info.writeTo(MemorySegment.ofArray(struct), 0);
        return struct;
    }

    /** NT_FILE: which files are mapped where. */
    private static byte[] files(List<VmaInfo> areas) {
        List<VmaInfo> mapped = areas.stream().filter(area -> area.name().startsWith("/")).toList();
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        ByteBuffer table = buffer((2 + 3 * mapped.size()) * Long.BYTES);
        table.putLong(mapped.size()).putLong(PAGE_BYTES);
        for (VmaInfo area : mapped) {
            table.putLong(area.start()).putLong(area.end()).putLong(area.offset() / PAGE_BYTES);
            names.writeBytes(area.name().getBytes(StandardCharsets.ISO_8859_1));
            names.write(0);
        }
        ByteBuffer all = buffer(table.capacity() + names.size());
        all.put(table.array()).put(names.toByteArray());
        return all.array();
    }

    /** What a thread has at this moment; on its own thread. */
    static CoreThreads.Part partOf(GuestTask thread, ContextState state) {
        return new CoreThreads.Part(
                thread.tid(),
                state,
                thread.tracing().registers().call(),
                thread.signals().blocked(),
                thread.signals().pendingPrivate());
    }
}
