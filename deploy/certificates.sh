#!/bin/sh
# A private authority, and what it certifies: Temporal's server and its clients (workers, API and
# commands). For a first cluster; use your own authority if you have one.
#
#   deploy/certificates.sh DIRECTORY [NAME ...]     names or addresses of the server besides temporal
#
# Run again it renews both certificates; the authority stays. Keep ca.key somewhere else.
set -eu
umask 077
directory=${1:?the directory for the certificates}
shift
mkdir -p "$directory"
cd "$directory"

names='DNS:temporal,DNS:localhost,IP:127.0.0.1'
for name in "$@"; do
  case $name in
    *[!0-9.]*) names="$names,DNS:$name" ;;
    *) names="$names,IP:$name" ;;
  esac
done

if [ ! -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj '/CN=Standfast cluster' -keyout ca.key -out ca.pem
fi
for whose in server client; do
  {
    echo 'extendedKeyUsage=serverAuth,clientAuth'
    [ $whose = client ] || echo "subjectAltName=$names"
  } >"$whose.extensions"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$whose" \
    -keyout "$whose.key" -out "$whose.request"
  openssl x509 -req -in "$whose.request" -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 \
    -extfile "$whose.extensions" -out "$whose.pem"
  rm "$whose.request" "$whose.extensions"
done
# In the containers of compose.yaml the user 1000 reads them: nobody else may enter the directory.
[ "$(id -u)" != 0 ] || chown 1000 . ./*.pem server.key client.key
