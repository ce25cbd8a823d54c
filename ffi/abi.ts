/**
 * Constants and struct offsets of the Linux ABI, each under the header that it comes from. All of
 * them hold for x86-64 and aarch64 alike; what differs between the two says so.
 *
 * @module
 */

// <fcntl.h>, asm-generic/fcntl.h
/** Open for reading only. */
export const O_RDONLY = 0;
/** Open for writing only. */
export const O_WRONLY = 1;
/** Open for reading and writing. */
export const O_RDWR = 2;
/** Create the file if it is missing. */
export const O_CREAT = 0o100;
/** Fail if the file exists; on a block device: claim it against mounts and other claims. */
export const O_EXCL = 0o200;
/** Do not wait, such as for the other end of a pipe. */
export const O_NONBLOCK = 0o4000;
/** Cut the file to size 0. */
export const O_TRUNC = 0o1000;
/** Bypass the page cache. The value differs: arch/arm64/include/uapi/asm/fcntl.h has its own. */
export const O_DIRECT = Deno.build.arch === "aarch64" ? 0o200000 : 0o40000;
/** Fail unless the path is a directory. The value differs as that of O_DIRECT does. */
export const O_DIRECTORY: number = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;
/** Close at execve. */
export const O_CLOEXEC = 0o2000000;
/** Reading leaves the time of the last access as it is; only for the owner, or CAP_FOWNER. */
export const O_NOATIME = 0o1000000;
/** fcntl: take or release a lock of the open file description, without waiting. */
export const F_OFD_SETLK = 37;
/** struct flock: a shared lock. */
export const F_RDLCK = 0;
/** struct flock: an exclusive lock. */
export const F_WRLCK = 1;
/** struct flock: no lock. */
export const F_UNLCK = 2;
/** struct flock { short l_type, l_whence; off_t l_start, l_len; pid_t l_pid; } */
export const FLOCK = { TYPE: 0, START: 8, LENGTH: 16, SIZE: 32 } as const;

// <linux/fcntl.h>
/** "Relative to the current folder" for the *at calls. */
export const AT_FDCWD: number = -100;
/** statx, execveat: take the file descriptor itself when the path is empty. */
export const AT_EMPTY_PATH = 0x1000;

// <linux/falloc.h>
/** fallocate: leave the file's size as it is. */
export const FALLOC_FL_KEEP_SIZE = 0x01;
/** fallocate: give the range's blocks back; it reads as zeros afterwards. */
export const FALLOC_FL_PUNCH_HOLE = 0x02;

// <unistd.h>
/** lseek: from the present position. */
export const SEEK_CUR = 1;
/** lseek: from the end. */
export const SEEK_END = 2;
/** access: may read. */
export const R_OK = 4;
/** access: may write. */
export const W_OK = 2;
/** access: it is there. */
export const F_OK = 0;

// <linux/stat.h>
/** statx: type, mode and size, among the basic fields. */
export const STATX_BASIC_STATS = 0x7ff;
/** statx: alignment of direct I/O; Linux 6.1 and later. */
export const STATX_DIOALIGN = 0x2000;
/** struct statx */
export const STATX = {
  MASK: 0x00,
  MODE: 0x1c,
  INODE: 0x20,
  SIZE: 0x28,
  BLOCKS: 0x30,
  MODIFIED_S: 0x70,
  MODIFIED_NS: 0x78,
  RDEV_MAJOR: 0x80,
  RDEV_MINOR: 0x84,
  DEV_MAJOR: 0x88,
  DEV_MINOR: 0x8c,
  DIO_MEM_ALIGN: 0x98,
  DIO_OFFSET_ALIGN: 0x9c,
  BYTES: 0x100,
} as const;
/** Mask of the file type in a mode. */
export const S_IFMT = 0o170000;
/** A directory. */
export const S_IFDIR = 0o040000;
/** A block device. */
export const S_IFBLK = 0o060000;
/** A regular file. */
export const S_IFREG = 0o100000;

// <asm/unistd.h>
/** System call number of statx. */
export const SYS_STATX: bigint = Deno.build.arch === "aarch64" ? 291n : 332n;

// <linux/fs.h>
/** preadv2: fail with EAGAIN rather than wait for the disk. */
export const RWF_NOWAIT = 0x08;
/** ioctl: logical sector size of a block device, int. */
export const BLKSSZGET = 0x1268;
/** ioctl: physical sector size of a block device, unsigned int. */
export const BLKPBSZGET = 0x127b;
/** ioctl: bytes from the device's start to its first aligned physical sector, int. */
export const BLKALIGNOFF = 0x127a;
/** ioctl: discard the range of uint64_t[2] {start, length} in bytes. */
export const BLKDISCARD = 0x1277;

// <linux/magic.h>, <sys/vfs.h>
/** struct statfs { long f_type; ... }, with room to spare. */
export const STATFS = { TYPE: 0, SIZE: 256 } as const;
/** File system type: ext4, and what became of ext2 and ext3. */
export const EXT4_SUPER_MAGIC = 0xef53;
/** File system type: XFS. */
export const XFS_SUPER_MAGIC = 0x58465342;
/** File system type: tmpfs. */
export const TMPFS_MAGIC = 0x01021994;
/** File system type: ramfs. */
export const RAMFS_MAGIC = 0x858458f6;

// <sys/mman.h>
/** Pages may be read. */
export const PROT_READ = 1;
/** Pages may be written. */
export const PROT_WRITE = 2;
/** Writes are seen by all who map the same. */
export const MAP_SHARED = 0x01;
/** Writes are private to the process. */
export const MAP_PRIVATE = 0x02;
/** Memory without a file. */
export const MAP_ANONYMOUS = 0x20;
/** All pages are there at once: no access has to fetch one. */
export const MAP_POPULATE = 0x8000;
/** Forget the pages; for a shared mapping the file keeps them. */
export const MADV_DONTNEED = 4;

// <sys/socket.h>, asm-generic/socket.h
/** Local sockets. */
export const AF_UNIX = 1;
/** Link-layer sockets. */
export const AF_PACKET = 17;
/** Datagrams. */
export const SOCK_DGRAM = 2;
/** Frames with their Ethernet header. */
export const SOCK_RAW = 3;
/** Close at execve. */
export const SOCK_CLOEXEC = 0o2000000;
/** Do not wait. */
export const SOCK_NONBLOCK = 0o4000;
/** Options of the socket layer itself. */
export const SOL_SOCKET = 1;
/** The error that waits to be reported, which that takes back. */
export const SO_ERROR = 4;
/** Send buffer in bytes, doubled and capped (net.core.wmem_max) as {@linkcode SO_RCVBUF} is. */
export const SO_SNDBUF = 7;
/** Receive buffer in bytes; the kernel doubles the value and caps it at net.core.rmem_max. */
export const SO_RCVBUF = 8;
/** Longest wait of a receive, struct timeval. */
export const SO_RCVTIMEO = 20;
/** Longest wait of a send, struct timeval. */
export const SO_SNDTIMEO = 21;
/** Tell when each frame passed: as an option int, beside a frame struct timespec. */
export const SO_TIMESTAMPNS = 35;
/** Attach a classic BPF program, struct sock_fprog. */
export const SO_ATTACH_FILTER = 26;
/** SO_SNDBUF without the cap, for CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32;
/** SO_RCVBUF without the cap, for CAP_NET_ADMIN. */
export const SO_RCVBUFFORCE = 33;
/** Report a frame's real length even where it was cut. */
export const MSG_TRUNC = 0x20;
/** Do not wait. */
export const MSG_DONTWAIT = 0x40;
/** struct iovec { void *iov_base; size_t iov_len; } */
export const IOVEC = { SIZE: 16 } as const;
/**
 * struct msghdr { void *msg_name; socklen_t msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
 * void *msg_control; size_t msg_controllen; int msg_flags; }
 */
export const MSGHDR = {
  NAME: 0,
  NAME_SIZE: 8,
  VECTOR: 16,
  VECTOR_COUNT: 24,
  CONTROL: 32,
  CONTROL_SIZE: 40,
  SIZE: 56,
} as const;
/** struct cmsghdr { size_t cmsg_len; int cmsg_level, cmsg_type; }, then data; aligned to 8 */
export const CMSGHDR = { LENGTH: 0, LEVEL: 8, TYPE: 12, DATA: 16, ALIGNMENT: 8 } as const;
/** struct mmsghdr { struct msghdr msg_hdr; unsigned msg_len; }, fields of msg_hdr that are used */
export const MMSGHDR = { VECTOR: 16, VECTOR_COUNT: 24, SIZE: 64 } as const;
/** struct sockaddr_un { sa_family_t sun_family; char sun_path[108]; } */
export const SOCKADDR_UN = { PATH: 2, PATH_SIZE: 108 } as const;

// <linux/if_packet.h>
/** struct sockaddr_ll */
export const SOCKADDR_LL = {
  FAMILY: 0,
  PROTOCOL: 2,
  IFINDEX: 4,
  PACKET_TYPE: 10,
  SIZE: 20,
} as const;

// <linux/filter.h>
/** struct sock_filter { __u16 code; __u8 jt, jf; __u32 k; } */
export const SOCK_FILTER_SIZE = 8;
/** struct sock_fprog { unsigned short len; struct sock_filter *filter; } */
export const SOCK_FPROG = { LENGTH: 0, FILTER: 8, SIZE: 16 } as const;

// <linux/sockios.h>, <net/if.h>
/** struct ifreq { char ifr_name[16]; union { int; short; struct sockaddr; } } */
export const IFREQ = { NAME_SIZE: 16, VALUE: 16, HWADDR: 18, SIZE: 40 } as const;
/** ioctl: index of the named interface. */
export const SIOCGIFINDEX = 0x8933;
/** ioctl: flags. */
export const SIOCGIFFLAGS = 0x8913;
/** ioctl: MTU. */
export const SIOCGIFMTU = 0x8921;
/** ioctl: hardware address and, as its family, the ARPHRD type. */
export const SIOCGIFHWADDR = 0x8927;
/** ioctl: a question to the interface's driver. */
export const SIOCETHTOOL = 0x8946;
/** <linux/ethtool.h>: whether there is a carrier. */
export const ETHTOOL_GLINK = 0x0a;
/** Interface flag: set up by an administrator. */
export const IFF_UP = 0x1;
/** Interface flag: has a carrier, as far as the kernel has noted it. */
export const IFF_RUNNING = 0x40;

// <linux/if_arp.h>
/** Ethernet. */
export const ARPHRD_ETHER = 1;
/** The loopback interface. */
export const ARPHRD_LOOPBACK = 772;

// <poll.h>
/** There is data to read. */
export const POLLIN = 0x001;
/** There is room to write. */
export const POLLOUT = 0x004;
/** struct pollfd { int fd; short events, revents; } */
export const POLLFD = { FD: 0, EVENTS: 4, REVENTS: 6, SIZE: 8 } as const;
/** There is an error to read. */
export const POLLERR = 0x008;

// <sys/resource.h>
/** Limit: how many files may be open. */
export const RLIMIT_NOFILE = 7;

// <pwd.h>
/** struct passwd { char *pw_name, *pw_passwd; uid_t pw_uid; gid_t pw_gid; ... } */
export const PASSWD = { NAME: 0, UID: 16, GID: 20 } as const;

// <sys/eventfd.h>
/** Close at execve. */
export const EFD_CLOEXEC = 0o2000000;
/** Do not wait. */
export const EFD_NONBLOCK = 0o4000;

// <net/if.h>
/** struct if_nameindex { unsigned if_index; char *if_name; } */
export const IF_NAMEINDEX = { NAME: 8, SIZE: 16 } as const;
