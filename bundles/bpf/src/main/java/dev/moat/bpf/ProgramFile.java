package dev.moat.bpf;

import dev.moat.abi.OpenFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessInode;

/** The descriptor of a program, of which it has a use. */
@Stateful
final class ProgramFile extends ControlFile {
    private final Program program;
    private final Inode inode = NamelessInode.anonymous();

    ProgramFile(Program program) {
        super(OpenFlags.O_RDWR);
        this.program = program;
    }

    Program program() {
        return program;
    }

    @Override
    protected void closed() {
        program.release();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:bpf-prog";
    }

    /** bpf_prog_show_fdinfo(), kernel/bpf/syscall.c. */
    @Override
    public String describeExtra() {
        return """
        prog_type:\t%d
        prog_jited:\t0
        prog_tag:\t%s
        memlock:\t%d
        prog_id:\t%d
        run_time_ns:\t0
        run_cnt:\t0
        recursion_misses:\t0
        verified_insns:\t%d
        """
                .formatted(
                        program.facts().type().number(),
                        program.facts().tag(),
                        heldBytes(),
                        program.id(),
                        program.facts().verified());
    }

    /** In whole pages. */
    private long heldBytes() {
        long bytes = (long) program.instructions().length * Instruction.BYTES;
        return (bytes + 4095) / 4096 * 4096 + 4096;
    }
}
