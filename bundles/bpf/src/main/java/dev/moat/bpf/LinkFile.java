package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.OpenFlags;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessInode;

/** The descriptor of a link, of which it has a use. */
@Stateful
final class LinkFile extends ControlFile {
    private final Link link;
    private final Inode inode = NamelessInode.anonymous();

    LinkFile(Link link) {
        super(OpenFlags.O_RDWR);
        this.link = link;
    }

    Link link() {
        return link;
    }

    @Override
    protected void closed() {
        link.release();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:bpf_link";
    }

    /** bpf_link_show_fdinfo(), bpf_cgroup_link_show_fdinfo(). */
    @Override
    public String describeExtra() {
        Cgroup group = link.group();
        return "link_type:\tcgroup\nlink_id:\t%d\nprog_tag:\t%s\nprog_id:\t%d\ncgroup_id:\t%d\nattach_type:\t%d\n"
                .formatted(
                        link.id(),
                        link.program().facts().tag(),
                        link.program().id(),
                        group == null ? 0 : group.number(),
                        Bpf.BPF_CGROUP_DEVICE);
    }
}
