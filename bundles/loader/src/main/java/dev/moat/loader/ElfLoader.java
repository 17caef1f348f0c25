package dev.moat.loader;

import static dev.moat.abi.Personality.ADDR_NO_RANDOMIZE;
import static dev.moat.abi.Personality.MMAP_PAGE_ZERO;

import dev.moat.abi.Auxv;
import dev.moat.abi.Clocks;
import dev.moat.abi.ElfHeader64;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.ProgramHeader64;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.loader.vdso.VdsoMapper;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Loads an ELF program with its interpreter: load_elf_binary(), fs/binfmt_elf.c. */
final class ElfLoader {
    /** Words that {@link #describe} puts. */
    private static final int AUXILIARY_WORDS = 20;

    private static final int RANDOM_BYTES = 16;

    private final HostSystem host;
    private final CpuFacts cpu;
    private final VdsoMapper vdso;

    ElfLoader(HostSystem host, CpuFacts cpu, VdsoMapper vdso) {
        this.host = host;
        this.cpu = cpu;
        this.vdso = vdso;
    }

    /** Where a loaded program starts. */
    record Start(long entry, long stackPointer) {}

    /** An interpreter that was opened and checked, before anything is mapped. */
    private record Interpreter(FileDescription file, ElfFile elf) {}

    /** Loads {@code file}; its first bytes are {@code head}. */
    Start load(
            Task task,
            FileDescription file,
            byte[] head,
            ProgramArguments program,
            ProgramLoader.Request request,
            MemoryManager target) {
        ElfFile elf = ElfParser.parse(new FileReader(task, file), head, Errno.ENOEXEC);
        Optional<Interpreter> interpreter = openInterpreter(task, file, elf);
        try {
            return map(task, file, elf, interpreter, program, request, target);
        } finally {
            interpreter.ifPresent(opened -> opened.file().release());
        }
    }

    private Start map(
            Task task,
            FileDescription file,
            ElfFile elf,
            Optional<Interpreter> interpreter,
            ProgramArguments program,
            ProgramLoader.Request request,
            MemoryManager target) {
        long limit = task.sandbox().platform().maxUserAddress();
        byte[] random = new byte[AddressLayout.RANDOM_BYTES + RANDOM_BYTES];
        host.random(random);
        boolean randomised = (task.personality() & ADDR_NO_RANDOMIZE) == 0;
        AddressLayout layout = new AddressLayout(limit, random, randomised);

        InitialStack stack = new InitialStack(program, layout.stackTop(), layout.stackShift());
        stack.map(target, elf.wantsExecutableStack(), stack.tablesBytes(AUXILIARY_WORDS));

        SegmentMapper mapper = mapper(file, target, limit);
        boolean anywhere = elf.isPositionIndependent() && interpreter.isEmpty();
        MappedElf image =
                anywhere ? mapper.mapAnywhere(elf) : mapper.mapAt(elf, layout.programBase());
        Optional<MappedElf> linker =
                interpreter.map(
                        found -> mapper(found.file(), target, limit).mapAnywhere(found.elf()));
        target.setBreakStart(layout.breakStart(image.end(), anywhere));
        if ((task.personality() & MMAP_PAGE_ZERO) != 0) {
            mapPageZero(target);
        }

        AuxiliaryVector vector = describe(elf, image, linker, request, vdso.map(task, target));
        stack.describe(vector);
        byte[] words = vector.toBytes();
        byte[] seed = new byte[RANDOM_BYTES];
        System.arraycopy(random, AddressLayout.RANDOM_BYTES, seed, 0, RANDOM_BYTES);
        long stackPointer = stack.write(target, words, seed);
        target.setLayout(
                new MemoryManager.Layout(
                        image.codeStart(),
                        image.codeEnd(),
                        image.dataStart(),
                        image.dataEnd(),
                        stackPointer,
                        stack.argumentsStart(),
                        stack.environmentStart(),
                        stack.environmentStart(),
                        stack.environmentEnd(),
                        words));
        return new Start(linker.map(MappedElf::entry).orElse(image.entry()), stackPointer);
    }

    private Optional<Interpreter> openInterpreter(Task task, FileDescription file, ElfFile elf) {
        Optional<ProgramHeader64> segment = elf.interpreter();
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        FileDescription opened = open(task, interpreterPath(task, file, segment.get()));
        try {
            FileReader reader = new FileReader(task, opened);
            byte[] head = reader.readFully(0, (int) ElfHeader64.SIZE);
            return Optional.of(
                    new Interpreter(opened, ElfParser.parse(reader, head, Errno.ELIBBAD)));
        } catch (RuntimeException e) {
            opened.release();
            throw e;
        }
    }

    private static String interpreterPath(
            Task task, FileDescription file, ProgramHeader64 segment) {
        long length = segment.fileSizeBytes();
        if (length < 2 || length > Limits.PATH_MAX || segment.fileOffset() < 0) {
            throw Errno.ENOEXEC.exception();
        }
        byte[] path = new FileReader(task, file).readFully(segment.fileOffset(), (int) length);
        if (path[path.length - 1] != 0) {
            throw Errno.ENOEXEC.exception();
        }
        String text = new String(path, StandardCharsets.ISO_8859_1);
        return text.substring(0, text.indexOf(0));
    }

    /**
     * Opens a program for execution by another one: open_exec().
     *
     * @return a description with one reference, owned by the caller
     * @throws dev.moat.abi.ErrnoException ENOENT, EACCES and what the path walk gives
     */
    static FileDescription open(Task task, String path) {
        Vfs vfs = task.sandbox().vfs();
        VfsPath place = vfs.resolve(task, path, Vfs.Follow.YES);
        return vfs.openProgram(task, place);
    }

    private static SegmentMapper mapper(FileDescription file, MemoryManager target, long limit) {
        Attributes attributes = file.inode().attributes();
        VfsPath path = file.path();
        return new SegmentMapper(
                target,
                file.mappable(),
                path == null ? file.anonymousName() : "",
                new MapRequest.FileIdentity(attributes.device(), attributes.inode(), path),
                limit);
    }

    /**
     * For programs of old that read through null pointers: MMAP_PAGE_ZERO of SVr4 personalities.
     * Where page zero may not be mapped (vm.mmap_min_addr) the program does without, as on Linux.
     */
    private static void mapPageZero(MemoryManager target) {
        try {
            target.map(
                    MapRequest.anonymous(
                            0,
                            MemoryFlags.PAGE_SIZE,
                            MemoryFlags.PROT_READ | MemoryFlags.PROT_EXEC,
                            MemoryFlags.MAP_PRIVATE
                                    | MemoryFlags.MAP_ANONYMOUS
                                    | MemoryFlags.MAP_FIXED,
                            ""));
        } catch (ErrnoException e) {
            return;
        }
    }

    private AuxiliaryVector describe(
            ElfFile elf,
            MappedElf image,
            Optional<MappedElf> linker,
            ProgramLoader.Request request,
            long vdsoAddress) {
        return new AuxiliaryVector()
                .put(Auxv.AT_SYSINFO_EHDR, vdsoAddress)
                .put(Auxv.AT_MINSIGSTKSZ, cpu.signalFrameBytes())
                .put(Auxv.AT_HWCAP, cpu.capabilities())
                .put(Auxv.AT_PAGESZ, MemoryFlags.PAGE_SIZE)
                .put(Auxv.AT_CLKTCK, Clocks.USER_HZ)
                .put(Auxv.AT_PHDR, image.programHeaders())
                .put(Auxv.AT_PHENT, ProgramHeader64.SIZE)
                .put(Auxv.AT_PHNUM, elf.segments().size())
                .put(Auxv.AT_BASE, linker.map(MappedElf::base).orElse(0L))
                .put(Auxv.AT_FLAGS, 0)
                .put(Auxv.AT_ENTRY, image.entry())
                .put(Auxv.AT_UID, Integer.toUnsignedLong(request.credentials().uid()))
                .put(Auxv.AT_EUID, Integer.toUnsignedLong(request.credentials().effectiveUid()))
                .put(Auxv.AT_GID, Integer.toUnsignedLong(request.credentials().gid()))
                .put(Auxv.AT_EGID, Integer.toUnsignedLong(request.credentials().effectiveGid()))
                .put(Auxv.AT_SECURE, request.secure() ? 1 : 0)
                .put(Auxv.AT_HWCAP2, cpu.moreCapabilities());
    }
}
