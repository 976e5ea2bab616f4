# Offshoot in a container: controller, server, doctor, and every other command.
#
#     docker build --tag REGISTRY/offshoot:VERSION .
#
# The context may also be an installed package: `npm run pack`, unpacked, with `node_modules` beside it. Nothing is
# fetched from npm then.
ARG BASE=docker.io/library/node:24-slim

FROM ${BASE} AS package
WORKDIR /source
COPY . .
# The Node of the base packs it, not one that an install script would fetch.
RUN set -e; \
  if [ -e dist/cli.js ]; then cp -a . /offshoot; else \
    npm ci --ignore-scripts; \
    node test/support/pack.ts /packed; \
    mkdir /offshoot; \
    tar --extract --strip-components=1 --file /packed/offshoot-*.tgz --directory /offshoot; \
    npm ci --omit=dev --omit=optional --ignore-scripts; \
    mv node_modules /offshoot; \
  fi
# What only compilers and debuggers read is a third of the libraries.
RUN find /offshoot/node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && apt-get clean \
  && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
# OpenSSH wants its user to have a name.
RUN groupadd --gid 65532 offshoot \
  && useradd --uid 65532 --gid 65532 --no-log-init --create-home --home-dir /var/lib/offshoot offshoot
COPY --from=package /offshoot /opt/offshoot
RUN ln -s /opt/offshoot/bin/offshoot /usr/local/bin/offshoot
ENV NODE_ENV=production HOME=/var/lib/offshoot OFFSHOOT_HOME=/var/lib/offshoot
WORKDIR /var/lib/offshoot
USER 65532:65532
EXPOSE 7400 7401
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/opt/offshoot/dist/cli.js"]
CMD ["--help"]
