package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** BPF_OBJ_GET_INFO_BY_FD: bpf_obj_get_info_by_fd(), kernel/bpf/syscall.c. */
final class ObjectInfo {
    private static final int FD = 0;
    private static final int LENGTH = 4;
    private static final int INFO = 8;
    private static final int END = 16;

    /** BPF_LINK_TYPE_CGROUP. */
    private static final int LINK_OF_GROUP = 3;

    private final Task task;
    private final Attributes attributes;

    ObjectInfo(Task task, Attributes attributes) {
        this.task = task;
        this.attributes = attributes;
    }

    long tell() {
        attributes.checkEnd(END);
        FileDescription file = file();
        try {
            if (file instanceof ProgramFile of) {
                tell(of.program());
            } else if (file instanceof LinkFile of) {
                tell(of.link());
            } else {
                throw Errno.EINVAL.exception();
            }
            return 0;
        } finally {
            file.release();
        }
    }

    private FileDescription file() {
        try {
            return task.files().acquire(attributes.word(FD));
        } catch (ErrnoException none) {
            throw Errno.EBADFD.exception();
        }
    }

    private void tell(Program program) {
        int length = attributes.word(LENGTH);
        long userAddr = attributes.address(INFO);
        byte[] bytes = Attributes.readStruct(task, userAddr, length, (int) ProgramInfo.SIZE);
        MemorySegment struct = MemorySegment.ofArray(bytes);
        ProgramInfo asked = ProgramInfo.readFrom(struct, 0);
        boolean told = Rights.of(task.credentials()).loads();
        long[] instructions = program.instructions();
        int codeBytes = instructions.length * Instruction.BYTES;
        int shown = Math.min(codeBytes, Math.max(asked.translatedBytes(), 0));
        if (told && shown > 0) {
            MemorySegment code = MemorySegment.ofArray(instructions);
            task.user().copyOut(asked.translatedAddr(), code, 0, shown);
        }
        Program.Facts facts = program.facts();
        if (told && asked.tags() != 0 && asked.tagsAddr() != 0) {
            byte[] tag = HexFormat.of().parseHex(facts.tag());
            task.user().copyOut(asked.tagsAddr(), MemorySegment.ofArray(tag), 0, tag.length);
        }
        new ProgramInfo(
                        facts.type().number(),
                        program.id(),
                        facts.tag(),
                        told ? codeBytes : 0,
                        asked.translatedAddr(),
                        facts.loadedNs(),
                        task.credentials().seenUid(facts.uid()),
                        facts.name(),
                        facts.gpl(),
                        told ? 1 : 0,
                        asked.tagsAddr(),
                        facts.verified())
                .writeTo(struct, 0);
        give(userAddr, bytes, length);
    }

    private void tell(Link link) {
        int length = attributes.word(LENGTH);
        long userAddr = attributes.address(INFO);
        byte[] bytes = Attributes.readStruct(task, userAddr, length, (int) LinkInfo.SIZE);
        Cgroup group = link.group();
        new LinkInfo(
                        LINK_OF_GROUP,
                        link.id(),
                        link.program().id(),
                        group == null ? 0 : group.number(),
                        Bpf.BPF_CGROUP_DEVICE)
                .writeTo(MemorySegment.ofArray(bytes), 0);
        give(userAddr, bytes, length);
    }

    private void give(long userAddr, byte[] bytes, int length) {
        int given = Math.min(bytes.length, length);
        MemorySegment struct = MemorySegment.ofArray(bytes);
        task.user().copyOut(userAddr, struct.asSlice(0, given), 0, given);
        attributes.put(LENGTH, given);
    }
}
