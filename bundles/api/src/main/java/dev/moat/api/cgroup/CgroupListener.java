package dev.moat.api.cgroup;

import org.osgi.annotation.versioning.ConsumerType;

/** Shows a group as files, and is told when one says something new by itself. */
@ConsumerType
public interface CgroupListener {
    /** Called with no locks held. */
    void changed(String file);
}
