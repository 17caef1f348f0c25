package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.task.Task;
import dev.moat.bpf.verify.Refusal;
import dev.moat.bpf.verify.Verifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** BPF_PROG_LOAD: bpf_prog_load(), kernel/bpf/syscall.c. */
final class ProgramLoading {
    private static final int TYPE = 0;
    private static final int COUNT = 4;
    private static final int INSTRUCTIONS = 8;
    private static final int LICENSE = 16;
    private static final int LOG_LEVEL = 24;
    private static final int LOG_BYTES = 28;
    private static final int LOG = 32;
    private static final int FLAGS = 44;
    private static final int NAME = 48;
    private static final int DEVICE = 64;
    private static final int EXPECTED = 68;
    private static final int FUNCTION_COUNT = 88;
    private static final int LINE_COUNT = 104;
    private static final int ATTACH_TYPE_ID = 108;
    private static final int ATTACH_PROGRAM = 112;
    private static final int LOG_NEEDED = 140;
    private static final int END = 168;

    /** BPF_MAXINSNS, without CAP_BPF. */
    private static final int MOST_UNPRIVILEGED = 4096;

    /** BPF_COMPLEXITY_LIMIT_INSNS. */
    private static final int MOST = 1_000_000;

    private static final int LICENSE_BYTES = 128;

    /** Flags that have no meaning here, or that only other types of programs have. */
    private static final int FLAGS_KNOWN =
            Bpf.BPF_F_STRICT_ALIGNMENT
                    | Bpf.BPF_F_ANY_ALIGNMENT
                    | Bpf.BPF_F_TEST_RND_HI32
                    | Bpf.BPF_F_TEST_STATE_FREQ;

    /** license_is_gpl_compatible(), include/linux/license.h. */
    private static final Set<String> FREE =
            Set.of(
                    "GPL",
                    "GPL v2",
                    "GPL and additional rights",
                    "Dual BSD/GPL",
                    "Dual MIT/GPL",
                    "Dual MPL/GPL");

    /** What an instruction takes while it is verified, besides itself. */
    private static final int WORK_BYTES = 16;

    private final Task task;
    private final Attributes attributes;
    private final ProgramTable table;
    private final Rights rights;

    ProgramLoading(Task task, Attributes attributes) {
        this.task = task;
        this.attributes = attributes;
        this.table = ProgramTable.of(task.sandbox());
        this.rights = Rights.of(task.credentials());
    }

    /** Gives the descriptor. */
    long load() {
        attributes.checkEnd(END);
        if ((attributes.word(FLAGS) & ~FLAGS_KNOWN) != 0) {
            throw Errno.EINVAL.exception();
        }
        checkRights();
        if (attributes.word(ATTACH_TYPE_ID) != 0
                || attributes.word(ATTACH_PROGRAM) != 0
                || attributes.word(DEVICE) != 0) {
            throw Errno.EINVAL.exception();
        }
        ProgramType type = ProgramType.of(attributes.word(TYPE));
        if (type == null || !type.mayExpect(attributes.word(EXPECTED))) {
            throw Errno.EINVAL.exception();
        }
        HeapCharge work = HeapCharge.ofCaller(HeapUse.TASKS);
        try {
            int bytes = attributes.word(COUNT) * Instruction.BYTES;
            takeWork(work, bytes + (long) attributes.word(COUNT) * WORK_BYTES);
            return load(type, work, bytes);
        } finally {
            work.clear();
        }
    }

    private void checkRights() {
        if (!rights.loads() && table.unprivilegedDisabled().get() != 0) {
            throw Errno.EPERM.exception();
        }
        int count = attributes.word(COUNT);
        int most = rights.loads() ? MOST : MOST_UNPRIVILEGED;
        if (count == 0 || Integer.compareUnsigned(count, most) > 0) {
            throw Errno.E2BIG.exception();
        }
        int type = attributes.word(TYPE);
        if (type != Bpf.BPF_PROG_TYPE_SOCKET_FILTER
                && type != Bpf.BPF_PROG_TYPE_CGROUP_SKB
                && !rights.loads()) {
            throw Errno.EPERM.exception();
        }
        if (type == Bpf.BPF_PROG_TYPE_CGROUP_DEVICE && !rights.network()) {
            throw Errno.EPERM.exception();
        }
    }

    private static void takeWork(HeapCharge work, long bytes) {
        if (!work.tryGrow(bytes)) {
            throw Errno.ENOMEM.exception();
        }
    }

    private long load(ProgramType type, HeapCharge work, int bytes) {
        byte[] code = task.user().copyIn(attributes.address(INSTRUCTIONS), bytes);
        String license = license();
        String name = name();
        if (attributes.word(FUNCTION_COUNT) != 0 || attributes.word(LINE_COUNT) != 0) {
            // they need types, of which there are none
            throw Errno.EINVAL.exception();
        }
        long[] instructions = new long[code.length / Instruction.BYTES];
        ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(instructions);
        int steps = verify(type, instructions, work);
        Program.Facts facts =
                new Program.Facts(
                        type,
                        name,
                        tag(code),
                        task.credentials().uid(),
                        task.sandbox().clock().boottimeNs(),
                        steps,
                        FREE.contains(license));
        Program program = table.add(facts, instructions);
        return ProgramCalls.open(task, program);
    }

    private String license() {
        long userAddr = attributes.address(LICENSE);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < LICENSE_BYTES - 1; i++) {
            byte each = task.user().readByte(userAddr + i);
            if (each == 0) {
                break;
            }
            text.append((char) (each & 0xff));
        }
        return text.toString();
    }

    /** bpf_obj_name_cpy(): letters, digits, dots and underscores, and an end. */
    private String name() {
        byte[] bytes = attributes.bytes(NAME, Bpf.BPF_OBJ_NAME_LEN);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return new String(bytes, 0, i, StandardCharsets.ISO_8859_1);
            }
            boolean letter =
                    bytes[i] >= 'a' && bytes[i] <= 'z' || bytes[i] >= 'A' && bytes[i] <= 'Z';
            boolean other =
                    bytes[i] >= '0' && bytes[i] <= '9' || bytes[i] == '_' || bytes[i] == '.';
            if (!letter && !other) {
                throw Errno.EINVAL.exception();
            }
        }
        throw Errno.EINVAL.exception();
    }

    /** How many instructions were followed; errors are told when the log is written. */
    private int verify(ProgramType type, long[] instructions, HeapCharge work) {
        VerifierLog log =
                new VerifierLog(
                        task,
                        attributes.word(LOG_LEVEL),
                        attributes.address(LOG),
                        attributes.word(LOG_BYTES));
        Verifier verifier = new Verifier(instructions, type, rights, ration(work));
        Errno refused = null;
        try {
            verifier.verify(this::isOpen);
        } catch (Refusal refusal) {
            log.line(refusal.text());
            refused = refusal.errno();
        }
        if (refused == null) {
            log.statistics("stack depth 0");
        }
        log.line(verifier.summary().strip());
        int needed = log.finish();
        if (attributes.reaches(LOG_NEEDED + 4)) {
            attributes.put(LOG_NEEDED, needed);
        }
        if (log.isShort(needed)) {
            throw Errno.ENOSPC.exception();
        }
        if (refused != null) {
            throw refused.exception();
        }
        return verifier.steps();
    }

    private Verifier.Ration ration(HeapCharge work) {
        return new Verifier.Ration() {
            @Override
            public boolean takeNode(int bytes) {
                return work.tryGrow(bytes);
            }

            @Override
            public boolean isInterrupted() {
                return task.signals().interruptPending();
            }
        };
    }

    private boolean isOpen(int fd) {
        try {
            task.files().acquire(fd).release();
            return true;
        } catch (ErrnoException bad) {
            return false;
        }
    }

    /** bpf_prog_calc_tag(). */
    private static String tag(byte[] code) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(code);
            return HexFormat.of().formatHex(digest, 0, Bpf.BPF_TAG_SIZE);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
