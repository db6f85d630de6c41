# Sourced after setup.sh: an empty PostgreSQL of our own for a script's time, without Predio, as the build may need
# it before there is one. `throwaway_start FOLDER PORT` makes it in an empty folder; connections on its unix
# socket are trusted, and only this user and root can enter the folder.

# Runs a program as somebody who may run PostgreSQL.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

throwaway_start() {
  local folder=$1 port=$2 bin
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ "$(id -u)" -ne 0 ] || chown postgres: "$folder"
  (cd / && as_postgres "$bin/initdb" -D "$folder/pg" -U postgres --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8) \
    >"$folder.log" 2>&1 || { cat "$folder.log" >&2; fail "initdb failed"; }
  throwaway_bin=$bin throwaway_folder=$folder
  (cd / && as_postgres "$bin/pg_ctl" -D "$folder/pg" -w -l "$folder/pg/server.log" start \
    -o "-p $port -k $folder -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=64") >/dev/null ||
    { cat "$folder/pg/server.log" >&2; fail "PostgreSQL did not start"; }
}

throwaway_stop() {
  [ -z "${throwaway_folder-}" ] && return
  (cd / && as_postgres "$throwaway_bin/pg_ctl" -D "$throwaway_folder/pg" -m immediate -w stop) >/dev/null 2>&1 || true
  rm -rf "$throwaway_folder" "$throwaway_folder.log"
}
