#pragma once

namespace starlift::simulation {

// simulation [--first N] [--seeds M] [--seed N [--story]] [--mistakes]
int RunProgram(int argc, char** argv);

}  // namespace starlift::simulation
