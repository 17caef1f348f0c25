package dev.moat.api.vfs;

import dev.moat.abi.IfDqinfo;
import dev.moat.abi.IfNextdqblk;
import java.util.OptionalInt;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Disk quotas of one file system instance: what each user and each group may use of it,
 * quotactl(2). Ids are those of the first user namespace. Thread safe; errors are thrown as errnos.
 */
@ConsumerType
public interface DiskQuotas {
    /** Whose; in the order of USRQUOTA and GRPQUOTA. */
    enum Kind {
        USER,
        GROUP
    }

    /** QFMT_*. */
    int format();

    /** Whether use is counted. */
    boolean counts(Kind kind);

    /** Limits and use of one of them: the defaults for who was never seen. */
    IfNextdqblk quota(Kind kind, int id);

    /** The lowest known id that is not below {@code id}, both without a sign. */
    OptionalInt next(Kind kind, int id);

    /**
     * Sets what {@code wanted.valid()} says: ERANGE for limits that are too large, ENOMEM for too
     * many users without files.
     */
    void set(Kind kind, int id, IfNextdqblk wanted);

    /** Times of grace and flags. */
    IfDqinfo info(Kind kind);

    /** Sets what {@code wanted.valid()} says: EINVAL for flags that the format does not have. */
    void setInfo(Kind kind, IfDqinfo wanted);

    /** Whether limits hold: EBUSY if they do so already, ESRCH if they do not. */
    void enforce(Kind kind, boolean on);
}
