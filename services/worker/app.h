#pragma once

namespace starlift {

// starlift-worker --config FILE [--check-config | --migrate-witness] | --make-keypair PATH |
// --version Runs until SIGTERM or SIGINT, then finishes the steps that run. 0: a clean end; 1: it
// could not start; 2: the command line is wrong.
int WorkerMain(int argc, char** argv);

}  // namespace starlift
