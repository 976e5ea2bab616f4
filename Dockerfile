# Offshoot in a container: controller, server, doctor, and every other command.
#
#     docker build --tag REGISTRY/offshoot:VERSION .
#
# With `--build-arg PACKAGE=given` the context is an installed package instead of the sources: `npm run pack`,
# unpacked, with `node_modules` beside it. Nothing is fetched from npm then.
ARG BASE=docker.io/library/node:24-slim
ARG PACKAGE=built

FROM ${BASE} AS built
WORKDIR /production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run pack -- /packed
WORKDIR /offshoot
RUN tar --extract --strip-components=1 --file /packed/offshoot-*.tgz \
  && mv /production/node_modules node_modules

FROM ${BASE} AS given
COPY . /offshoot

# What only compilers and debuggers read is a third of the libraries.
FROM ${PACKAGE} AS slim
RUN find /offshoot/node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && apt-get clean \
  && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
# OpenSSH wants its user to have a name.
RUN groupadd --gid 65532 offshoot \
  && useradd --uid 65532 --gid 65532 --no-log-init --create-home --home-dir /var/lib/offshoot offshoot
COPY --from=slim /offshoot /opt/offshoot
RUN ln -s /opt/offshoot/bin/offshoot /usr/local/bin/offshoot
ENV NODE_ENV=production HOME=/var/lib/offshoot OFFSHOOT_HOME=/var/lib/offshoot
WORKDIR /var/lib/offshoot
USER 65532:65532
EXPOSE 7400 7401
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/opt/offshoot/dist/cli.js"]
CMD ["--help"]
