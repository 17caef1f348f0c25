/* add_key(2), request_key(2), keyctl(2), keyrings(7). Each test has a session keyring of its own. */
#include "check.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <pthread.h>

#define SOMEBODY 12345
#define POS(rights) ((unsigned)(rights) << 24)
#define USR(rights) ((unsigned)(rights) << 16)
#define OTH(rights) ((unsigned)(rights))
enum { VIEW = 1, READ = 2, WRITE = 4, SEARCH = 8, LINK = 16, SETATTR = 32, ALL = 63 };

static long add(const char *type, const char *description, const void *payload, size_t bytes, int keyring) {
    return syscall(SYS_add_key, type, description, payload, bytes, keyring);
}

static long request(const char *type, const char *description, int keyring) {
    return syscall(SYS_request_key, type, description, NULL, keyring);
}

static long ctl(int option, long a, long b, long c, long d) {
    return syscall(SYS_keyctl, option, a, b, c, d);
}

static int begin(void) {
    long session = ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
    if (session < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no keys");
    REQUIRE(session > 0);
    return session;
}

static const char *described(int key) {
    static char text[4200];
    long size = ctl(KEYCTL_DESCRIBE, key, (long)text, sizeof text, 0);
    if (size < 0) return check_errno(errno);
    CHECK_EQ(size, strlen(text) + 1);
    return text;
}

static const char *content(int key) {
    static char text[256];
    long size = ctl(KEYCTL_READ, key, (long)text, sizeof text - 1, 0);
    if (size < 0) return check_errno(errno);
    text[size] = 0;
    return text;
}

static bool holds(int keyring, int key) {
    int serials[64];
    long size = ctl(KEYCTL_READ, keyring, (long)serials, sizeof serials, 0);
    for (long i = 0; i < size / 4 && i < 64; i++) {
        if (serials[i] == key) return true;
    }
    return false;
}

static void become(int user) {
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setresgid(user, user, user));
    REQUIRE_OK(setresuid(user, user, user));
}

TEST(addKey_makesAKey) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "payload", 7, KEY_SPEC_SESSION_KEYRING));
    CHECK_STR(content(key), "payload");
    CHECK(holds(session, key));
    CHECK(strstr(described(key), ";3f010000;moat:a") != NULL);
    CHECK(strncmp(described(key), "user;", 5) == 0);
    CHECK_EQ(request("user", "moat:a", 0), key);
    char small[3] = "xy";
    CHECK_EQ(ctl(KEYCTL_READ, key, (long)small, 2, 0), 7);
    CHECK_STR(small, "xy");
    CHECK_EQ(ctl(KEYCTL_READ, key, 0, 0, 0), 7);
    CHECK_EQ(ctl(KEYCTL_GET_SECURITY, key, (long)small, 2, 0), 1);
    CHECK_EQ(small[0], 0);
}

TEST(addKey_again_updates) {
    begin();
    int key = REQUIRE_OK(add("user", "moat:a", "one", 3, KEY_SPEC_SESSION_KEYRING));
    CHECK_EQ(add("user", "moat:a", "second", 6, KEY_SPEC_SESSION_KEYRING), key);
    CHECK_STR(content(key), "second");
    CHECK_OK(ctl(KEYCTL_UPDATE, key, (long)"third", 5, 0));
    CHECK_STR(content(key), "third");
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"", 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, 0, 5000, 0), EINVAL);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, KEY_SPEC_SESSION_KEYRING));
    CHECK(add("keyring", "moat:r", NULL, 0, KEY_SPEC_SESSION_KEYRING) != ring);
    EVENTUALLY(strcmp(described(ring), "ENOKEY") == 0);
}

TEST(addKey_refuses) {
    int session = begin();
    char long_type[40];
    memset(long_type, 'x', sizeof long_type);
    long_type[39] = 0;
    CHECK_ERR(add("user", "moat:a", "", 0, session), EINVAL);
    CHECK_ERR(add("user", "", "x", 1, session), EINVAL);
    CHECK_ERR(add("user", NULL, "x", 1, session), EINVAL);
    CHECK_ERR(add("", "a", "x", 1, session), EINVAL);
    CHECK_ERR(add(long_type, "a", "x", 1, session), EINVAL);
    CHECK_ERR(add("nothing", "a", "x", 1, session), ENODEV);
    CHECK_ERR(add(".system", "a", "x", 1, session), EPERM);
    CHECK_ERR(add("keyring", ".a", NULL, 0, session), EPERM);
    CHECK_ERR(add("keyring", "a", "x", 1, session), EINVAL);
    CHECK_ERR(add("logon", "plain", "x", 1, session), EINVAL);
    CHECK_ERR(add("logon", ":plain", "x", 1, session), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1 << 20, session), EINVAL);
    CHECK_ERR(add("user", "a", (char *)8, 4, session), EFAULT);
    CHECK_ERR(add((char *)8, "a", "x", 1, session), EFAULT);
    CHECK_ERR(add("user", "a", "x", 1, 0), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, KEY_SPEC_GROUP_KEYRING), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, -99), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, 0x7ffffffe), ENOKEY);
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(add("user", "moat:b", "x", 1, key), ENOTDIR);
    CHECK_ERR(ctl(99, 0, 0, 0, 0), EOPNOTSUPP);
}

TEST(logonKeys_cannotBeRead) {
    begin();
    int key = REQUIRE_OK(add("logon", "moat:a", "secret", 6, KEY_SPEC_SESSION_KEYRING));
    CHECK_ERR(ctl(KEYCTL_READ, key, 0, 0, 0), EOPNOTSUPP);
    CHECK(strstr(described(key), ";3d010000;moat:a") != NULL);
    CHECK_EQ(add("logon", "moat:a", "other", 5, KEY_SPEC_SESSION_KEYRING), key);
}

TEST(requestKey_findsWhatIsPossessed) {
    int session = begin();
    CHECK_ERR(request("user", "moat:none", 0), ENOKEY);
    CHECK_ERR(request("nothing", "moat:none", 0), ENOKEY);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int deeper = REQUIRE_OK(add("keyring", "moat:d", NULL, 0, ring));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, deeper));
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK(!holds(session, key));
    CHECK_EQ(request("user", "moat:a", session), key);
    CHECK(holds(session, key));
    CHECK_EQ(ctl(KEYCTL_SEARCH, ring, (long)"user", (long)"moat:a", 0), key);
    CHECK_ERR(ctl(KEYCTL_SEARCH, ring, (long)"user", (long)"moat:b", 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_SEARCH, key, (long)"user", (long)"moat:b", 0), ENOTDIR);
    /* that of the process comes before that of the session */
    int nearer = REQUIRE_OK(add("user", "moat:a", "y", 1, KEY_SPEC_PROCESS_KEYRING));
    CHECK_EQ(request("user", "moat:a", 0), nearer);
    int nearest = REQUIRE_OK(add("user", "moat:a", "y", 1, KEY_SPEC_THREAD_KEYRING));
    CHECK_EQ(request("user", "moat:a", 0), nearest);
}

TEST(specialKeyrings_areMadeOnDemand) {
    begin();
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_REQKEY_AUTH_KEY, 1, 0, 0), ENOKEY);
    int thread = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1, 0, 0));
    int process = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
    CHECK(strstr(described(thread), ";3f010000;_tid") != NULL);
    CHECK(strstr(described(process), ";3f010000;_pid") != NULL);
    CHECK(strstr(described(KEY_SPEC_SESSION_KEYRING), ";3f030000;_ses") != NULL);
    char name[64];
    snprintf(name, sizeof name, ";1f3f0000;_uid.%d", getuid());
    CHECK(strstr(described(KEY_SPEC_USER_KEYRING), name) != NULL);
    snprintf(name, sizeof name, ";1f3f0000;_uid_ses.%d", getuid());
    CHECK(strstr(described(KEY_SPEC_USER_SESSION_KEYRING), name) != NULL);
    CHECK(holds(KEY_SPEC_USER_SESSION_KEYRING, ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0, 0, 0)));
}

static void *other_thread(void *process) {
    /* a new one, as its maker had one */
    CHECK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0) > 0);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), *(int *)process);
    return NULL;
}

TEST(keyrings_throughForkThreadsAndExec) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    int process = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
    int thread = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1, 0, 0));
    pthread_t id;
    REQUIRE(pthread_create(&id, NULL, other_thread, &process) == 0);
    pthread_join(id, NULL);
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), session);
                 CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), ENOKEY);
                 CHECK_EQ(request("user", "moat:a", 0), key);
                 REQUIRE(ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) != session);
                 CHECK_ERR(request("user", "moat:a", 0), ENOKEY);
             }),
            0);
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0), thread);
}

TEST(session_byName_isShared) {
    begin();
    char name[64];
    snprintf(name, sizeof name, "moat-%d", getpid());
    int named = REQUIRE_OK(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)name, 0, 0, 0));
    CHECK(strstr(described(named), ";3f130000;moat-") != NULL);
    CHECK_ERR(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)".x", 0, 0, 0), EPERM);
    /* others need leave to search it */
    CHECK_OK(ctl(KEYCTL_SETPERM, named, POS(ALL) | USR(ALL), 0, 0));
    int ends[2];
    pipe(ends);
    CHECK_EQ(IN_CHILD({
                 begin();
                 CHECK_EQ(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)name, 0, 0, 0), named);
             }),
            0);
}

TEST(links_andUnlinks) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_LINK, key, ring, 0, 0));
    CHECK_OK(ctl(KEYCTL_LINK, key, ring, 0, 0));
    CHECK(holds(ring, key));
    CHECK_EQ(ctl(KEYCTL_READ, ring, 0, 0, 0), 4);
    CHECK_ERR(ctl(KEYCTL_LINK, ring, ring, 0, 0), EDEADLK);
    CHECK_ERR(ctl(KEYCTL_LINK, session, ring, 0, 0), EDEADLK);
    CHECK_ERR(ctl(KEYCTL_LINK, key, key, 0, 0), ENOTDIR);
    CHECK_OK(ctl(KEYCTL_UNLINK, key, session, 0, 0));
    CHECK_ERR(ctl(KEYCTL_UNLINK, key, session, 0, 0), ENOENT);
    CHECK_STR(content(key), "x");
    /* of two of one name the later one stays */
    int other = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK_OK(ctl(KEYCTL_LINK, other, ring, 0, 0));
    CHECK(!holds(ring, key) && holds(ring, other));
    EVENTUALLY(strcmp(described(key), "ENOKEY") == 0);
    CHECK_OK(ctl(KEYCTL_CLEAR, ring, 0, 0, 0));
    CHECK_EQ(ctl(KEYCTL_READ, ring, 0, 0, 0), 0);
    CHECK_ERR(ctl(KEYCTL_CLEAR, other, 0, 0, 0), ENOTDIR);
}

TEST(nestedKeyrings_goWithTheLastLink) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int below = REQUIRE_OK(add("keyring", "moat:d", NULL, 0, ring));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, below));
    CHECK_OK(ctl(KEYCTL_UNLINK, ring, session, 0, 0));
    EVENTUALLY(strcmp(described(key), "ENOKEY") == 0);
    EVENTUALLY(strcmp(described(below), "ENOKEY") == 0);
}

TEST(move_takesAKeyElsewhere) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(ctl(KEYCTL_MOVE, key, session, ring, 8), EINVAL);
    CHECK_OK(ctl(KEYCTL_MOVE, key, session, ring, 0));
    CHECK(holds(ring, key) && !holds(session, key));
    CHECK_ERR(ctl(KEYCTL_MOVE, key, session, ring, 0), ENOENT);
    int other = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK_ERR(ctl(KEYCTL_MOVE, other, session, ring, KEYCTL_MOVE_EXCL), EEXIST);
    CHECK_OK(ctl(KEYCTL_MOVE, other, session, ring, 0));
    CHECK(holds(ring, other));
    CHECK_OK(ctl(KEYCTL_MOVE, other, ring, ring, 0));
}

TEST(revoked_expired_andInvalid) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_REVOKE, key, 0, 0, 0));
    CHECK_STR(content(key), "EKEYREVOKED");
    CHECK_ERR(request("user", "moat:a", 0), EKEYREVOKED);
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"y", 1, 0), EKEYREVOKED);
    int fresh = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK(fresh != key);
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 1, 0, 0));
    EVENTUALLY(strcmp(content(fresh), "EKEYEXPIRED") == 0);
    CHECK_ERR(request("user", "moat:a", 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_SEARCH, session, (long)"user", (long)"moat:a", 0), EKEYEXPIRED);
    CHECK_ERR(ctl(KEYCTL_SET_TIMEOUT, fresh, 0, 0, 0), EKEYEXPIRED);
    CHECK_STR(described(fresh), "EKEYEXPIRED");
    CHECK_EQ(add("user", "moat:a", "z", 1, session), fresh);
    CHECK_STR(content(fresh), "z");
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 1000, 0, 0));
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 0, 0, 0));
    CHECK_OK(ctl(KEYCTL_INVALIDATE, fresh, 0, 0, 0));
    CHECK_STR(described(fresh), "ENOKEY");
    EVENTUALLY(request("user", "moat:a", 0) < 0 && errno == ENOKEY);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    CHECK_OK(ctl(KEYCTL_REVOKE, ring, 0, 0, 0));
    CHECK_ERR(add("user", "moat:b", "x", 1, ring), EKEYREVOKED);
}

TEST(rights_holdForPossessorsAndOthers) {
    need_root();
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(ctl(KEYCTL_SETPERM, key, (long)0xffffffffu, 0, 0), EINVAL);
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL & ~(READ | WRITE)), 0, 0));
    CHECK_STR(content(key), "x"); /* whoever can find it */
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"y", 1, 0), EACCES);
    CHECK_ERR(add("user", "moat:a", "y", 1, session), EACCES);
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL & ~SEARCH) | USR(VIEW), 0, 0));
    CHECK_ERR(request("user", "moat:a", 0), EACCES);
    CHECK_STR(content(key), "EACCES");
    CHECK(strstr(described(key), ";moat:a") != NULL);
    CHECK_ERR(ctl(KEYCTL_SETPERM, key, POS(ALL), 0, 0), EACCES);
    int open = REQUIRE_OK(add("user", "moat:b", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_SETPERM, open, POS(ALL) | OTH(VIEW | READ), 0, 0));
    CHECK_EQ(IN_CHILD({
                 begin();
                 become(SOMEBODY);
                 CHECK_STR(described(key), "EACCES");
                 CHECK_STR(content(open), "x");
                 CHECK_ERR(ctl(KEYCTL_UPDATE, open, (long)"y", 1, 0), EACCES);
                 CHECK_ERR(ctl(KEYCTL_SETPERM, open, POS(ALL), 0, 0), EACCES);
                 CHECK_ERR(ctl(KEYCTL_CHOWN, open, SOMEBODY, -1, 0), EACCES);
             }),
            0);
    CHECK_OK(ctl(KEYCTL_CHOWN, open, SOMEBODY, SOMEBODY, 0));
    CHECK(strncmp(described(open), "user;12345;12345;", 17) == 0);
    CHECK_OK(ctl(KEYCTL_CHOWN, open, -1, -1, 0));
}

TEST(quota_holdsForUsers) {
    need_root();
    begin();
    long most = atol(text_of("/proc/sys/kernel/keys/maxkeys"));
    CHECK(most > 0);
    CHECK_EQ(IN_CHILD({
                 become(SOMEBODY + 1);
                 int session = begin();
                 char name[32];
                 long made = 0;
                 for (int i = 0; i < most + 10; i++) {
                     snprintf(name, sizeof name, "moat:%d", i);
                     if (add("user", name, "x", 1, session) < 0) break;
                     made++;
                 }
                 CHECK_EQ(errno, EDQUOT);
                 CHECK(made > most / 2 && made < most);
                 CHECK_OK(ctl(KEYCTL_CLEAR, session, 0, 0, 0));
                 static char large[32767];
                 /* what was cleared may be collected later */
                 EVENTUALLY(add("user", "moat:s", large, 15000, session) > 0);
                 CHECK_ERR(add("user", "moat:t", large, 15000, session), EDQUOT);
             }),
            0);
}

TEST(requestDestination_isKept) {
    begin();
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, -1, 0, 0, 0), 0);
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_SESSION_KEYRING, 0, 0, 0), 0);
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, -1, 0, 0, 0), KEY_REQKEY_DEFL_SESSION_KEYRING);
    CHECK_ERR(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_GROUP_KEYRING, 0, 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_INSTANTIATE, 1, 0, 0, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_ASSUME_AUTHORITY, 5, 0, 0, 0), ENOKEY);
    CHECK_OK(ctl(KEYCTL_ASSUME_AUTHORITY, 0, 0, 0, 0));
}

TEST(procKeys_listsThem) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:listed", "four", 4, session));
    char line[64];
    snprintf(line, sizeof line, "%08x I--Q---     1 perm 3f010000", key);
    const char *found = strstr(text_of("/proc/keys"), line);
    CHECK(found != NULL);
    CHECK(found && strstr(found, "user      moat:listed: 4\n") != NULL);
    snprintf(line, sizeof line, "%5d: ", getuid());
    CHECK(strstr(text_of("/proc/key-users"), line) != NULL);
    unsigned char known[4] = {9, 9, 9, 9};
    CHECK_EQ(ctl(KEYCTL_CAPABILITIES, (long)known, 4, 0, 0), 2);
    CHECK_EQ(known[0] & KEYCTL_CAPS0_CAPABILITIES, KEYCTL_CAPS0_CAPABILITIES);
    CHECK_EQ(known[3], 0);
}
