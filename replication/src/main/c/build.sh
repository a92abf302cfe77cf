#!/bin/sh
# Builds the native library that DiSNI needs: build.sh JDK TARGET_FOLDER
#
# Where something is missing the library is left out, which is no error: one line says what, and stays beside the place
# of the library (not-built.txt), so that Hotpot can tell it when somebody wants RDMA. Everything else works without.
set -eu

jdk=$1
target=$2
sources=$(cd "$(dirname "$0")" && pwd)
library=$target/libdisni.so
reason_file=$target/not-built.txt

leave_out() {
  rm -f "$library"
  echo "$1" >"$reason_file"
  echo "RDMA is left out of this build: $1"
  exit 0
}

# True if a header is where the compiler looks for it.
has_header() {
  echo "#include <$1>" | "$compiler" -E -x c - >/dev/null 2>&1
}

mkdir -p "$target"
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || leave_out "it is for Linux on x86-64, this is $(uname -s) on $(uname -m)"
compiler=${CC:-gcc}
command -v "$compiler" >/dev/null 2>&1 || leave_out "there is no C compiler ($compiler); Debian, Ubuntu: apt-get install gcc libc6-dev"
for header in rdma/rdma_cma.h infiniband/verbs.h; do
  has_header "$header" ||
    leave_out "there is no $header; Debian, Ubuntu: apt-get install libibverbs-dev librdmacm-dev"
done
[ -r "$jdk/include/linux/jni_md.h" ] || leave_out "there is no jni.h in $jdk/include"

# Built again only when a source is newer; jars hold nothing but what this run or an earlier one made of these sources.
if [ -f "$library" ] && [ -z "$(find "$sources" -newer "$library" -type f)" ]; then
  exit 0
fi
log=$target/../../../native-build.log
if "$compiler" -std=gnu11 -O2 -g0 -Wall -Wextra -Werror=implicit-function-declaration -fPIC -shared -fvisibility=hidden \
  -Wl,--no-undefined -Wl,-z,relro -Wl,-z,now -Wl,--build-id=none \
  -I"$jdk/include" -I"$jdk/include/linux" -o "$library.new" "$sources"/*.c -lrdmacm -libverbs >"$log" 2>&1; then
  cat "$log"
  mv "$library.new" "$library"
  rm -f "$reason_file"
else
  cat "$log"
  leave_out "$compiler refuses its sources; what it says is in $(cd "$(dirname "$log")" && pwd)/native-build.log"
fi
