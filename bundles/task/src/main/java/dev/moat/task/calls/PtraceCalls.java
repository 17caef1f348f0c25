package dev.moat.task.calls;

import static dev.moat.abi.PtraceConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import dev.moat.abi.Prctl;
import dev.moat.abi.PtraceSudConfig;
import dev.moat.abi.PtraceSyscallInfo;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TraceDetails;
import dev.moat.task.process.TracedCall;
import dev.moat.task.process.Tracers;
import dev.moat.task.process.Tracing.Run;
import dev.moat.task.process.UserArea;
import dev.moat.task.process.UserDispatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** {@code ptrace(2)}. */
final class PtraceCalls {
    private static final int WORD = 8;
    private static final int SIGSET_BYTES = 8;

    // Register sets: include/uapi/linux/elf.h.
    private static final int NT_PRSTATUS = 1;
    private static final int NT_PRFPREG = 2;
    private static final int NT_X86_XSTATE = 0x202;

    private static final int ARCH_SET_GS = 0x1001;
    private static final int ARCH_SET_FS = 0x1002;
    private static final int ARCH_GET_FS = 0x1003;
    private static final int ARCH_GET_GS = 0x1004;

    /** {@code struct ptrace_peeksiginfo_args}. */
    private static final int PEEK_ARGUMENTS_BYTES = 16;

    @Syscall(
            nr = 101,
            name = "ptrace",
            support = Support.PARTIAL,
            note =
                    "No SINGLEBLOCK: EIO. Thread areas and configuration of rseq: EIO, as a kernel without"
                            + " CONFIG_IA32_EMULATION and CONFIG_RSEQ.")
    long ptrace(Task task, long request, int tid, long address, long data) {
        GuestTask caller = GuestTask.of(task);
        Tracers tracers = new Tracers(caller);
        int number = request == (int) request ? (int) request : -1;
        switch (number) {
            case PTRACE_TRACEME -> tracers.traceMe();
            case PTRACE_ATTACH -> tracers.attach(find(caller, tid), false, 0);
            case PTRACE_SEIZE -> {
                GuestTask target = find(caller, tid);
                if (address != 0 || (data & ~(long) PTRACE_O_MASK) != 0) {
                    throw Errno.EIO.exception();
                }
                tracers.attach(target, true, tracers.checkOptions(data));
            }
            case PTRACE_KILL -> kill(tracers.tracee(tid));
            case PTRACE_INTERRUPT -> tracers.interrupt(tracers.tracee(tid));
            default -> {
                return ofStopped(tracers, number, tracers.stopped(tid), address, data, caller);
            }
        }
        return 0;
    }

    private static GuestTask find(GuestTask caller, int tid) {
        GuestTask target = caller.services().tree().find(caller, tid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    private static void kill(GuestTask target) {
        target.services().sender().kill(target.group(), ExitStatus.killed(Signals.SIGKILL));
    }

    private static long ofStopped(
            Tracers tracers,
            int request,
            GuestTask target,
            long address,
            long data,
            GuestTask caller) {
        switch (request) {
            case PTRACE_CONT -> tracers.resume(target, Run.CONTINUE, false, data);
            case PTRACE_SYSCALL -> tracers.resume(target, Run.SYSCALL, false, data);
            case PTRACE_SYSEMU -> tracers.resume(target, Run.EMULATE, false, data);
            case PTRACE_SINGLESTEP -> tracers.resume(target, Run.CONTINUE, true, data);
            case PTRACE_SYSEMU_SINGLESTEP -> tracers.resume(target, Run.EMULATE, true, data);
            case PTRACE_DETACH -> tracers.detach(target, data);
            case PTRACE_LISTEN -> tracers.listen(target);
            case PTRACE_SETOPTIONS, PTRACE_OLDSETOPTIONS -> tracers.setOptions(target, data);
            case PTRACE_GETEVENTMSG ->
                    caller.user().writeLong(data, new TraceDetails(target).message());
            case PTRACE_GETSIGINFO -> {
                MemorySegment info = Structs.allocate(SigInfo.SIZE);
                tracers.info(target).writeTo(info, 0);
                Structs.copyOut(caller.user(), data, info);
            }
            case PTRACE_SETSIGINFO ->
                    tracers.setInfo(
                            target,
                            SigInfo.readFrom(Structs.copyIn(caller.user(), data, SigInfo.SIZE), 0));
            case PTRACE_GETSIGMASK -> {
                checkSetSize(address);
                caller.user().writeLong(data, target.signals().blocked());
            }
            case PTRACE_SETSIGMASK -> {
                checkSetSize(address);
                tracers.setMask(target, caller.user().readLong(data));
            }
            case PTRACE_PEEKSIGINFO -> {
                return peekInfos(tracers, target, address, data, caller);
            }
            default -> {
                return registersOrMemory(request, target, address, data, caller);
            }
        }
        return 0;
    }

    private static void checkSetSize(long bytes) {
        if (bytes != SIGSET_BYTES) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long peekInfos(
            Tracers tracers, GuestTask target, long address, long data, GuestTask caller) {
        MemorySegment arguments = Structs.copyIn(caller.user(), address, PEEK_ARGUMENTS_BYTES);
        long offset = arguments.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        int flags = arguments.get(ValueLayout.JAVA_INT_UNALIGNED, 8);
        int count = arguments.get(ValueLayout.JAVA_INT_UNALIGNED, 12);
        if ((flags & ~PTRACE_PEEKSIGINFO_SHARED) != 0 || count < 0) {
            throw Errno.EINVAL.exception();
        }
        List<SigInfo> infos = tracers.pending(target, flags != 0);
        int done = 0;
        while (done < count && offset >= 0 && offset + done < infos.size()) {
            MemorySegment info = Structs.allocate(SigInfo.SIZE);
            infos.get((int) offset + done).writeTo(info, 0);
            try {
                Structs.copyOut(caller.user(), data + done * SigInfo.SIZE, info);
            } catch (ErrnoException e) {
                if (done == 0) {
                    throw e;
                }
                break;
            }
            done++;
        }
        return done;
    }

    private static long registersOrMemory(
            int request, GuestTask target, long address, long data, GuestTask caller) {
        UserArea area = new UserArea(target.tracing().registers());
        switch (request) {
            case PTRACE_PEEKTEXT, PTRACE_PEEKDATA ->
                    caller.user().writeLong(data, peek(target, address));
            case PTRACE_POKETEXT, PTRACE_POKEDATA -> poke(target, address, data);
            case PTRACE_PEEKUSR -> caller.user().writeLong(data, area.read(address));
            case PTRACE_POKEUSR -> area.write(address, data);
            case PTRACE_GETREGS -> caller.user().copyOut(data, area.general());
            case PTRACE_SETREGS -> area.setGeneral(caller.user().copyIn(data, UserRegs.SIZE_BYTES));
            case PTRACE_GETFPREGS, PTRACE_GETFPXREGS ->
                    caller.user().copyOut(data, area.floating());
            case PTRACE_SETFPREGS, PTRACE_SETFPXREGS ->
                    area.setFloating(caller.user().copyIn(data, area.floating().length));
            case PTRACE_GETREGSET -> getRegisterSet(area, address, data, caller);
            case PTRACE_SETREGSET -> setRegisterSet(area, address, data, caller);
            case PTRACE_ARCH_PRCTL -> archPrctl(area, data, address, caller);
            case PTRACE_GET_SYSCALL_INFO -> {
                byte[] info = new TracedCall(target).info();
                long room = address < 0 ? info.length : Math.min(info.length, address);
                caller.user().copyOut(data, Arrays.copyOf(info, (int) room));
                return info.length;
            }
            case PTRACE_SET_SYSCALL_INFO -> {
                if (Long.compareUnsigned(address, PtraceSyscallInfo.SIZE) < 0) {
                    throw Errno.EINVAL.exception();
                }
                new TracedCall(target)
                        .change(caller.user().copyIn(data, (int) PtraceSyscallInfo.SIZE));
            }
            case PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG ->
                    getDispatch(target, address, data, caller);
            case PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG ->
                    setDispatch(target, address, data, caller);
            case PTRACE_SECCOMP_GET_FILTER -> {
                byte[] program = new TraceDetails(target).filter(caller, address);
                if (data != 0) {
                    caller.user().copyOut(data, program);
                }
                return program.length / WORD;
            }
            case PTRACE_SECCOMP_GET_METADATA -> {
                return seccompMetadata(target, address, data, caller);
            }
            default -> throw Errno.EIO.exception();
        }
        return 0;
    }

    private static void getDispatch(GuestTask target, long size, long data, GuestTask caller) {
        checkDispatchSize(size);
        UserDispatch set = target.filters().dispatch();
        PtraceSudConfig config =
                set == null
                        ? new PtraceSudConfig(Prctl.PR_SYS_DISPATCH_OFF, 0, 0, 0)
                        : new PtraceSudConfig(
                                Prctl.PR_SYS_DISPATCH_ON,
                                set.selectorUserAddr(),
                                set.start(),
                                set.lengthBytes());
        MemorySegment struct = Structs.allocate(PtraceSudConfig.SIZE);
        config.writeTo(struct, 0);
        Structs.copyOut(caller.user(), data, struct);
    }

    private static void setDispatch(GuestTask target, long size, long data, GuestTask caller) {
        checkDispatchSize(size);
        PtraceSudConfig config =
                PtraceSudConfig.readFrom(
                        Structs.copyIn(caller.user(), data, PtraceSudConfig.SIZE), 0);
        target.filters()
                .setDispatch(
                        UserDispatch.of(
                                config.mode(),
                                config.offset(),
                                config.lengthBytes(),
                                config.selectorUserAddr()));
    }

    private static void checkDispatchSize(long size) {
        if (size != PtraceSudConfig.SIZE) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long peek(GuestTask target, long address) {
        MemorySegment word = Structs.allocate(WORD);
        if (target.user().peek(address, word, 0, WORD) != WORD) {
            throw Errno.EIO.exception();
        }
        return word.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    private static void poke(GuestTask target, long address, long value) {
        MemorySegment word = Structs.allocate(WORD);
        word.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
        if (target.user().poke(address, word, 0, WORD) != WORD) {
            throw Errno.EIO.exception();
        }
    }

    private static Iovec buffer(GuestTask caller, long userAddr) {
        Iovec buffer = Iovec.readFrom(Structs.copyIn(caller.user(), userAddr, Iovec.SIZE), 0);
        if (buffer.lengthBytes() % WORD != 0) {
            throw Errno.EINVAL.exception();
        }
        return buffer;
    }

    private static void getRegisterSet(UserArea area, long type, long data, GuestTask caller) {
        Iovec buffer = buffer(caller, data);
        byte[] set = registerSet(area, type);
        long length =
                buffer.lengthBytes() < 0 ? set.length : Math.min(set.length, buffer.lengthBytes());
        caller.user().copyOut(buffer.base(), Arrays.copyOf(set, (int) length));
        caller.user().writeLong(data + WORD, length);
    }

    private static void setRegisterSet(UserArea area, long type, long data, GuestTask caller) {
        Iovec buffer = buffer(caller, data);
        int size = registerSet(area, type).length;
        long length = buffer.lengthBytes() < 0 ? size : Math.min(size, buffer.lengthBytes());
        byte[] bytes = caller.user().copyIn(buffer.base(), (int) length);
        switch ((int) type) {
            case NT_PRSTATUS -> area.setGeneral(bytes);
            case NT_PRFPREG -> area.setFloating(bytes);
            default -> area.setExtended(bytes);
        }
        caller.user().writeLong(data + WORD, length);
    }

    private static byte[] registerSet(UserArea area, long type) {
        return switch ((int) type) {
            case NT_PRSTATUS -> area.general();
            case NT_PRFPREG -> area.floating();
            case NT_X86_XSTATE -> area.extended();
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static void archPrctl(UserArea area, long code, long address, GuestTask caller) {
        switch ((int) code) {
            case ARCH_GET_FS ->
                    caller.user().writeLong(address, area.read((long) UserRegs.FS_BASE * WORD));
            case ARCH_GET_GS ->
                    caller.user().writeLong(address, area.read((long) UserRegs.GS_BASE * WORD));
            case ARCH_SET_FS -> area.write((long) UserRegs.FS_BASE * WORD, address);
            case ARCH_SET_GS -> area.write((long) UserRegs.GS_BASE * WORD, address);
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static long seccompMetadata(
            GuestTask target, long sizeBytes, long data, GuestTask caller) {
        if (sizeBytes < WORD) {
            throw Errno.EINVAL.exception();
        }
        long size = Math.min(sizeBytes, 2 * WORD);
        long index = caller.user().readLong(data);
        MemorySegment metadata = Structs.allocate(2 * WORD);
        metadata.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, index);
        metadata.set(
                ValueLayout.JAVA_LONG_UNALIGNED,
                WORD,
                new TraceDetails(target).filterFlags(caller, index));
        caller.user().copyOut(data, metadata, 0, size);
        return size;
    }
}
